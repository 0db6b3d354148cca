/**
 * Brings compiled tables to the data plane of this pod and tells what the replicas run: push, ack, retry; the leader follows
 * the other replicas. Depends on {@code routetable}, {@code routetable.wire}, Vert.x core and its web client. Start at {@code
 * TablePublisher}.
 */
@NullMarked
package dev.moorgate.operator.publish;

import org.jspecify.annotations.NullMarked;
