/**
 * What the replicas of a release share and nobody else knows: its certificate authority and the master keys of sticky sessions,
 * in one Secret. Depends on {@code routetable}, {@code publish} (the identity of a replica), fabric8's client for that one Secret, which
 * every replica reads and not the leader alone, and Bouncy Castle for certificates. Start at {@code ReleaseSecret}.
 */
@NullMarked
package dev.moorgate.operator.release;

import org.jspecify.annotations.NullMarked;
