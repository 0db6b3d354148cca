/**
 * What clients carry of their sessions: tokens, their keys and forms, and the words for what became of them. Depends on the contract
 * alone. Start at {@link dev.moorgate.dataplane.balance.token.SessionCodec}.
 */
@NullMarked
package dev.moorgate.dataplane.balance.token;

import org.jspecify.annotations.NullMarked;
