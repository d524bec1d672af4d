/**
 * Both ends of a gateway under test, on plain sockets: a provider that does what it is told, and a client that says exactly
 * what it received.
 */
package io.penstock.server.testkit;
