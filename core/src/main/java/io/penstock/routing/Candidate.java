package io.penstock.routing;

import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;

/** One step of a route: a model, and a provider's way to serve it. */
public record Candidate(Model model, Offer offer) {}
