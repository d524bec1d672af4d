/**
 * The protocols as clients see them: paths, error bodies, model lists, keep-alives. A face knows its words and shapes; when
 * something happens is the exchange's business.
 */
@NullMarked
package io.penstock.server.face;

import org.jspecify.annotations.NullMarked;
