/**
 * The command line: {@code java -jar penstock.jar}.
 *
 * <p><b>One way to the data.</b> Commands speak the admin API. {@code AdminAccess} finds who answers it: the gateway that
 * holds the data directory, over its control socket, or, when none does, this process, which opens the store itself. A
 * command does not know which.
 *
 * <p><b>What belongs to the process and not to a gateway</b> is here and nowhere else, because an embedder has a process
 * of their own: system properties, logging, signals, exit codes, {@code halt}. {@code Main} sets Netty's properties before
 * a class of Netty is loaded; {@code Logs} configures Logback in code, never by a file on the class path.
 *
 * <p><b>Output.</b> What a command is for goes to standard output, in plain text without colours; log lines and complaints
 * go to standard error. 0: done; 1: refused or failed, with a line that says why; 2: the command line itself is wrong.
 *
 * <p><b>Cold start.</b> {@code serve} without options does not load the parser of command lines, and classes come from the
 * archive that {@code train} made at the build ({@code -XX:SharedArchiveFile=penstock.jsa}).
 */
@NullMarked
package io.penstock.cli;

import org.jspecify.annotations.NullMarked;
