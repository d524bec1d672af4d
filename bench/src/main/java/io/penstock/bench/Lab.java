package io.penstock.bench;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import io.penstock.Penstock;
import io.penstock.server.config.ModelConfig;
import io.penstock.server.config.PriceConfig;
import io.penstock.server.config.ProviderConfig;
import java.io.IOException;
import java.nio.file.Path;
import org.slf4j.LoggerFactory;

/**
 * The gateway of a load run: everything on (keys, routing, ledger on disk, access log), one scripted provider. As a program
 * {@code <provider's port> <data directory>} it prints its port and ends when standard input does.
 */
public final class Lab {
    static final String KEY = "sk-or-v1-" + "b".repeat(64);
    static final String MODEL = "lab/mock-model";

    private Lab() {}

    public static void main(String[] arguments) throws IOException {
        try (Penstock gateway = start(Integer.parseInt(arguments[0]), Path.of(arguments[1]))) {
            System.out.println("port " + port(gateway));
            while (System.in.read() >= 0) {}
        }
    }

    static Penstock start(int providerPort, Path data) {
        prepare();
        return Penstock.builder()
                .bind("127.0.0.1", 0)
                .data(data)
                .store("jdbc:sqlite:" + data.resolve("penstock.db"))
                .key("bench", KEY)
                .provider(ProviderConfig.builder("lab")
                        .openai("http://127.0.0.1:" + providerPort + "/v1")
                        .apiKey("sk-upstream")
                        .model(ModelConfig.builder("mock-model")
                                .context(1_000_000)
                                .maxOutput(8_192)
                                .price(PriceConfig.usd("1.00", "2.00"))
                                .build())
                        .build())
                .start();
    }

    /** The same as a configuration file. */
    static String yaml(int port, int providerPort, Path data) {
        return """
                listen: 127.0.0.1:%d
                data: %s
                keys:
                  - {name: bench, key: "%s"}
                local: {discover: false}
                providers:
                  lab:
                    openai: http://127.0.0.1:%d/v1
                    api_key: sk-upstream
                    models:
                      - {id: mock-model, context: 1000000, max_output: 8192, price: {input: 1.00, output: 2.00}}
                """.formatted(port, data, KEY, providerPort);
    }

    static int port(Penstock gateway) {
        return gateway.gateway().addresses().get(0).getPort();
    }

    /** Netty as {@code penstock.jar} sets it up, and log lines that are made as ever but go nowhere. Before Netty is touched. */
    static void prepare() {
        System.setProperty("io.netty.leakDetection.level", "disabled");
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            context.reset();
            var nowhere = new UnsynchronizedAppenderBase<ILoggingEvent>() {
                @Override
                protected void append(ILoggingEvent event) {}
            };
            nowhere.setContext(context);
            nowhere.start();
            Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
            root.setLevel(Level.INFO);
            root.addAppender(nowhere);
        }
    }
}
