package io.penstock.cli;

import java.io.OutputStream;
import java.io.PrintStream;
import java.util.Map;

/**
 * What a command speaks to and was started with. Secrets may be among the variables, so it is not printed.
 *
 * @param log where log lines go, if it logs; standard error as bytes
 */
record Terminal(PrintStream out, PrintStream err, OutputStream log, Map<String, String> environment) {
    /** How this program was started, for texts that name further commands: {@code java -jar target/penstock.jar}. */
    static String command() {
        String started = System.getProperty("sun.java.command", "");
        int space = started.indexOf(".jar");
        return space < 0 ? "java -jar penstock.jar" : "java -jar " + quoted(started.substring(0, space + 4));
    }

    private static String quoted(String path) {
        return path.indexOf(' ') < 0 ? path : "'" + path + "'";
    }

    @Override
    public String toString() {
        return "Terminal";
    }
}
