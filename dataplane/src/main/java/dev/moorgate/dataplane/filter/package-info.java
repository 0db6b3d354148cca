/**
 * What happens to heads on their way: header filters, rewrites, redirects, CORS and the forwarded family; pure. Filters are
 * compiled once to bytes, so that a request costs some marks on its head and one copy. Depends on {@code routetable} and
 * {@code http}. Start at {@link dev.moorgate.dataplane.filter.RequestFilters}.
 */
@NullMarked
package dev.moorgate.dataplane.filter;

import org.jspecify.annotations.NullMarked;
