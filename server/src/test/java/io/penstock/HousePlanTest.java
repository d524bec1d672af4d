package io.penstock;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.Architectures;
import java.util.Arrays;

/** The house plan, drawn in code: which module and which package may know of which. */
@AnalyzeClasses(packages = "io.penstock", importOptions = ImportOption.DoNotIncludeTests.class)
class HousePlanTest {
    private static final String[] CORE = {
        "io.penstock.money..",
        "io.penstock.error..",
        "io.penstock.protocol..",
        "io.penstock.catalog..",
        "io.penstock.pricing..",
        "io.penstock.provider..",
        "io.penstock.guardrail..",
        "io.penstock.routing..",
        "io.penstock.plan.."
    };

    @ArchTest
    static final ArchRule modulesDependDownwards = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("core")
            .definedBy(CORE)
            .layer("store")
            .definedBy("io.penstock.store..")
            .layer("server")
            .definedBy("io.penstock", "io.penstock.server..", "io.penstock.cli..")
            .whereLayer("server")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("store")
            .mayOnlyBeAccessedByLayers("server");

    /** Each package of core knows those to its left alone. */
    @ArchTest
    static final ArchRule coreDependsToTheLeft = leftToRight(CORE);

    private static ArchRule leftToRight(String... packages) {
        Architectures.LayeredArchitecture order =
                layeredArchitecture().consideringOnlyDependenciesInLayers().withOptionalLayers(true);
        for (String each : packages) {
            order = order.layer(each).definedBy(each);
        }
        for (int i = 0; i < packages.length; i++) {
            String[] right = Arrays.copyOfRange(packages, i + 1, packages.length);
            order = right.length == 0
                    ? order.whereLayer(packages[i]).mayNotBeAccessedByAnyLayer()
                    : order.whereLayer(packages[i]).mayOnlyBeAccessedByLayers(right);
        }
        return order;
    }

    @ArchTest
    static final ArchRule coreAndStoreHaveNoNetty = noClasses()
            .that()
            .resideInAnyPackage(CORE)
            .or()
            .resideInAPackage("io.penstock.store..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.netty..");

    /** So that another store can stand behind the same interfaces. */
    @ArchTest
    static final ArchRule onlyBootstrapKnowsWhichStoreItIs = noClasses()
            .that()
            .resideOutsideOfPackages("io.penstock.store.sqlite..", "io.penstock.server", "io.penstock.cli..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.penstock.store.sqlite..");

    @ArchTest
    static final ArchRule storeIsInterfacesAndValues = noClasses()
            .that()
            .resideInAPackage("io.penstock.store")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.penstock.store.*..", "java.sql..", "java.io..", "java.nio..", "java.util.concurrent..")
            .orShould()
            .dependOnClassesThat()
            .belongToAnyOf(Thread.class);

    @ArchTest
    static final ArchRule coreHasNoSqlAndNoSockets = noClasses()
            .that()
            .resideInAnyPackage(CORE)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.sql..", "javax.sql..", "java.net.http..", "java.nio.channels..");

    private static final String[] SERVER = {
        "io.penstock.server.http..",
        "io.penstock.server.wire..",
        "io.penstock.server.upstream..",
        "io.penstock.server.relay..",
        "io.penstock.server.face..",
        "io.penstock.server.attempt..",
        "io.penstock.server.observe..",
        "io.penstock.server.exchange..",
        "io.penstock.server.admin..",
        "io.penstock.server.console.."
    };

    /** Each package of the server knows those to its left alone; bootstrap knows them all. */
    @ArchTest
    static final ArchRule serverDependsToTheLeft = leftToRight(SERVER);

    @ArchTest
    static final ArchRule onlyBootstrapReadsTheConfiguration = noClasses()
            .that()
            .resideInAnyPackage(SERVER)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.penstock.server.config..", "io.penstock.server", "io.penstock.cli..");

    @ArchTest
    static final ArchRule noCyclesBetweenThePackagesOfAModule =
            slices().matching("io.penstock.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule noCyclesInTheServer =
            slices().matching("io.penstock.server.(*)..").should().beFreeOfCycles();

    /** Several gateways may run in one process; the command line is a process of its own. */
    @ArchTest
    static final ArchRule nothingStaticChanges = fields().that()
            .areStatic()
            .and()
            .areDeclaredInClassesThat()
            .resideOutsideOfPackage("io.penstock.cli..")
            .should()
            .beFinal();

    @ArchTest
    static final ArchRule onlyTheCommandLineEndsTheProcess = noClasses()
            .that()
            .resideOutsideOfPackage("io.penstock.cli..")
            .should()
            .callMethod(System.class, "exit", int.class)
            .orShould()
            .callMethod(Runtime.class, "halt", int.class);
}
