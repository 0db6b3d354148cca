/**
 * What the leader writes to the cluster: status, Services of Gateways, Events, the release's Secret; and who is the leader. Depends on
 * {@code compile}, {@code conditions}, {@code crd}, {@code expose}, {@code publish}, {@code snapshot} and the fabric8 client. Start at {@code StatusWriter}.
 */
@NullMarked
package dev.moorgate.operator.status;

import org.jspecify.annotations.NullMarked;
