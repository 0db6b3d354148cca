package dev.moorgate.dataplane.control;

import io.vertx.core.buffer.Buffer;
import java.util.function.Supplier;

/**
 * One path of a private listener.
 *
 * @param pace whether making the answer may take long
 */
record Page(String path, Pace pace, Supplier<Answer> answer) {
    /** QUICK pages are made on the event loop, SLOW ones on a worker thread, away from the traffic. */
    enum Pace {
        QUICK,
        SLOW
    }

    /** What is sent. */
    record Answer(int status, String contentType, Body body) {
        static Answer text(int status, String text) {
            return new Answer(status, "text/plain; charset=utf-8", new Plain(Buffer.buffer(text + "\n")));
        }

        static Answer json(byte[] document) {
            return new Answer(200, "application/json", new Plain(Buffer.buffer(document)));
        }
    }

    /** Of an answer. */
    sealed interface Body permits Plain, PackedText {}

    record Plain(Buffer octets) implements Body {}
}
