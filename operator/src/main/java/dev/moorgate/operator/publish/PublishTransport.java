package dev.moorgate.operator.publish;

import dev.moorgate.routetable.wire.Ack;
import dev.moorgate.routetable.wire.SessionCensus;
import dev.moorgate.routetable.wire.TableVersion;
import java.io.IOException;
import java.time.Duration;

/**
 * The way to one data plane. Calls block until the answer is there; any thread. An exception says that it is unknown what
 * became of the document.
 */
public interface PublishTransport extends AutoCloseable {
    /** What is sent. */
    enum Document {
        /** A {@code Push}: a whole table. */
        TABLE,
        /** A {@code DeltaPush}: what changed since a table that both sides know. */
        DELTA
    }

    /**
     * An ack and how it came.
     *
     * @param status of HTTP: 200 applied; 409 refused as late; 413 and 422 refused
     */
    record Answer(int status, Ack ack) {}

    Answer send(Document kind, byte[] document) throws IOException, InterruptedException;

    /**
     * What is in force. Held for at most {@code hold} while that is {@code known}; fails as soon as the data plane is gone.
     *
     * @param hold zero: answered at once
     */
    Answer installed(TableVersion known, Duration hold) throws IOException, InterruptedException;

    /** What the data plane knows of sticky sessions now. */
    SessionCensus census() throws IOException, InterruptedException;

    @Override
    void close();
}
