/**
 * The admin API, as JSON over HTTP/1.1: all that the command line can do to a running gateway.
 *
 * <p><b>Two halves.</b> {@link io.penstock.server.admin.AdminRoutes} and the {@code …Resource} classes answer a method, a
 * path and a body with a status and a body; they know no sockets and may block. {@code AdminRequests} puts HTTP around
 * them. So the command line can ask the very same resources when no gateway runs and it opened the store itself.
 *
 * <p><b>Who may ask.</b> {@link io.penstock.server.admin.ControlSocket} listens on a Unix domain socket, 0600 in a directory
 * of 0700: whoever can open it could as well read the database, so it asks for no token. Nothing here listens on TCP.
 */
@NullMarked
package io.penstock.server.admin;

import org.jspecify.annotations.NullMarked;
