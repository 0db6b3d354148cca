/**
 * Edits of heads: header filters, hop-by-hop, the forwarded family, rewrites; pure. Depends on {@code routetable} and {@code
 * http}.
 */
@NullMarked
package dev.moorgate.dataplane.filter;

import org.jspecify.annotations.NullMarked;
