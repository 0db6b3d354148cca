/** What a proxy that passes WebSocket frames untouched knows of them. Depends on nothing of ours. */
@NullMarked
package dev.moorgate.dataplane.websocket;

import org.jspecify.annotations.NullMarked;
