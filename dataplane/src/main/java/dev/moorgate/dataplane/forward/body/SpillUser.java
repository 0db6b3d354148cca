package dev.moorgate.dataplane.forward.body;

import io.netty.buffer.ByteBuf;

/** Who keeps a body in a {@link SpillFile}. Called on its event loop, and never once the file is closed. */
interface SpillUser {
    /** Something was written: there is room for more. */
    void spillWritten();

    /** A record that was asked for; takes over {@code record}. */
    void spillRead(ByteBuf record, int number);

    /** The file can no longer be trusted to hold what it was given. */
    void spillFailed(String detail);
}
