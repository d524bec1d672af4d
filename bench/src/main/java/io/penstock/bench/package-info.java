/**
 * What Penstock costs, measured, so that anybody can repeat it. Built by {@code mvn -pl bench -am package}, run from the top
 * of the tree.
 *
 * <p><b>Pieces</b>, each benchmark with the question that it answers; {@code -prof gc} shows the bytes allocated per
 * operation ({@code gc.alloc.rate.norm}):
 *
 * <pre>{@code
 * java -jar bench/target/benchmarks.jar -prof gc                       # all of them, some five minutes
 * java -jar bench/target/benchmarks.jar SseScan -prof gc               # one: BodyScan Head KeyCheck Routing Settlement SseScan
 *                                                                      # TokenCount Translation
 * }</pre>
 *
 * <p><b>The whole</b>: a scripted provider, a load client and the gateway as processes of their own on loopback, beside a
 * direct connection and nginx where it is installed; CPU time per request and per chunk, latencies, memory. A quiet machine
 * of two cores or more; compare inside one run only:
 *
 * <pre>{@code
 * java -cp bench/target/benchmarks.jar io.penstock.bench.EndToEnd --nginx [--seconds 3] [--rounds 3]
 * java -cp bench/target/benchmarks.jar io.penstock.bench.EndToEnd --garbage      # bytes that the event loops allocate
 * }</pre>
 *
 * The gateway is {@code server/target/penstock.jar} where that was built with its command line, else the same from the class
 * path; keys, routing, ledger on disk and access lines are on in either.
 *
 * <p><b>The house</b>, read from its sources: lengths of files, types for their own package alone, tests, and which package
 * knows which:
 *
 * <pre>{@code
 * java -cp bench/target/benchmarks.jar io.penstock.bench.Walls
 * }</pre>
 */
@NullMarked
package io.penstock.bench;

import org.jspecify.annotations.NullMarked;
