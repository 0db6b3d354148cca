/**
 * The contract between operator and data plane: one immutable, sorted, comparable value whose constructors refuse what no
 * proxy could serve. Depends on nothing of ours. Start at {@code RouteTable}.
 */
@NullMarked
package dev.moorgate.routetable;

import org.jspecify.annotations.NullMarked;
