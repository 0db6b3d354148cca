package dev.moorgate.dataplane.http2;

import dev.moorgate.dataplane.http2.StreamTable.Closed;

/** Frames that carry no message (RFC 9113 6.3 to 6.9): settings, windows, resets and the rest. Its event loop only. */
final class ControlFrames {
    private static final int MOST_FRAME_SIZE = (1 << 24) - 1;
    private static final int SETTING = 6;

    private final Http2Session session;
    private final Inbound inbound;
    private boolean settled;
    private boolean acknowledged;

    ControlFrames(Http2Session session, Inbound inbound) {
        this.session = session;
        this.inbound = inbound;
    }

    /** Whether the peer's settings have come. */
    boolean isSettled() {
        return settled;
    }

    /** Whether the peer has seen ours. */
    boolean isAcknowledged() {
        return acknowledged;
    }

    void frame(int type, int flags, int stream, byte[] payload, int length) {
        switch (type) {
            case FrameWriter.PRIORITY -> priority(stream, payload, length);
            case FrameWriter.RST_STREAM -> reset(stream, payload, length);
            case FrameWriter.SETTINGS -> settings(flags, stream, payload, length);
            case FrameWriter.PUSH_PROMISE -> broken(Http2Error.PROTOCOL_ERROR, "PUSH_PROMISE was not asked for");
            case FrameWriter.PING -> ping(flags, stream, payload, length);
            case FrameWriter.GOAWAY -> goAway(stream, payload, length);
            case FrameWriter.WINDOW_UPDATE -> windowUpdate(stream, payload, length);
            default -> glitch("frames of unknown types");
        }
    }

    private void broken(Http2Error error, String why) {
        session.broken(error, why);
    }

    private void glitch(String why) {
        if (session.guard.glitch()) {
            broken(Http2Error.ENHANCE_YOUR_CALM, why);
        }
    }

    /** A frame of ours that the peer has asked for. */
    private void answered() {
        session.wake();
        if (session.guard.control()) {
            broken(Http2Error.ENHANCE_YOUR_CALM, "control frames are not read");
        }
    }

    static int dependency(byte[] payload, int at) {
        return number(payload, at) & Integer.MAX_VALUE;
    }

    private static int number(byte[] payload, int at) {
        return (payload[at] & 0xff) << 24
                | (payload[at + 1] & 0xff) << 16
                | (payload[at + 2] & 0xff) << 8
                | (payload[at + 3] & 0xff);
    }

    private void priority(int id, byte[] payload, int length) {
        if (id == 0) {
            broken(Http2Error.PROTOCOL_ERROR, "PRIORITY of no stream");
            return;
        }
        Http2Error wrong = length != 5
                ? Http2Error.FRAME_SIZE_ERROR
                : dependency(payload, 0) == id ? Http2Error.PROTOCOL_ERROR : Http2Error.NO_ERROR;
        Http2Stream stream = session.streams.get(id);
        if (wrong == Http2Error.NO_ERROR) {
            glitch("PRIORITY churn");
        } else if (stream != null) {
            session.streamError(stream, wrong);
        } else {
            broken(wrong, "a malformed PRIORITY");
        }
    }

    private void reset(int id, byte[] payload, int length) {
        if (length != 4) {
            broken(Http2Error.FRAME_SIZE_ERROR, "a malformed RST_STREAM");
            return;
        }
        Http2Stream stream = session.streams.get(id);
        if (id == 0 || (stream == null && inbound.isIdle(id))) {
            broken(Http2Error.PROTOCOL_ERROR, "RST_STREAM of an idle stream");
            return;
        }
        if (stream != null) {
            session.resetByPeer(stream, ResetCause.BY_PEER, Http2Error.of(number(payload, 0)));
        }
        if (session.settings.server() && session.guard.reset()) {
            broken(Http2Error.ENHANCE_YOUR_CALM, "too many streams were reset");
        }
    }

    private void settings(int flags, int id, byte[] payload, int length) {
        if (id != 0) {
            broken(Http2Error.PROTOCOL_ERROR, "SETTINGS on a stream");
            return;
        }
        if ((flags & FrameWriter.ACK) != 0) {
            if (length != 0) {
                broken(Http2Error.FRAME_SIZE_ERROR, "SETTINGS acknowledged with a payload");
            } else if (acknowledged) {
                glitch("SETTINGS acknowledged that were not sent");
            }
            acknowledged = true;
            return;
        }
        if (length % SETTING != 0) {
            broken(Http2Error.FRAME_SIZE_ERROR, "malformed SETTINGS");
            return;
        }
        if (length > AbuseGuard.MOST_SETTINGS * SETTING) {
            broken(Http2Error.ENHANCE_YOUR_CALM, "SETTINGS churn");
            return;
        }
        if (settled) {
            glitch("SETTINGS churn");
        }
        apply(payload, length);
        if (session.isOpen()) {
            settled = true;
            session.writer.settingsAck();
            answered();
            if (session.isOpen()) {
                session.events.settled();
            }
        }
    }

    /** In their order (RFC 9113 6.5.3); but nothing lies between them, so that streams get the last window only. */
    private void apply(byte[] payload, int length) {
        int window = session.outbound.streamWindow;
        int widest = window;
        for (int at = 0; at < length && session.isOpen(); at += SETTING) {
            int name = (payload[at] & 0xff) << 8 | (payload[at + 1] & 0xff);
            int value = number(payload, at + 2);
            if (name == Http2Settings.INITIAL_WINDOW_SIZE && value >= 0) {
                window = value;
                widest = Math.max(widest, value);
            } else {
                setting(name, value);
            }
        }
        if (session.isOpen() && !session.outbound.resize(window, widest)) {
            broken(Http2Error.FLOW_CONTROL_ERROR, "INITIAL_WINDOW_SIZE");
        }
    }

    private void setting(int name, int value) {
        Outbound outbound = session.outbound;
        switch (name) {
            case Http2Settings.ENABLE_PUSH -> {
                if (value != 0 && (value != 1 || !session.settings.server())) {
                    broken(Http2Error.PROTOCOL_ERROR, "ENABLE_PUSH");
                }
            }
            case Http2Settings.MAX_CONCURRENT_STREAMS -> outbound.mostStreams = value < 0 ? Integer.MAX_VALUE : value;
            case Http2Settings.INITIAL_WINDOW_SIZE -> broken(Http2Error.FLOW_CONTROL_ERROR, "INITIAL_WINDOW_SIZE");
            case Http2Settings.MAX_FRAME_SIZE -> {
                if (value < FrameReader.MOST_FRAME || value > MOST_FRAME_SIZE) {
                    broken(Http2Error.PROTOCOL_ERROR, "MAX_FRAME_SIZE");
                } else {
                    outbound.mostFrame = Math.min(value, FrameReader.MOST_FRAME);
                }
            }
            case Http2Settings.ENABLE_CONNECT_PROTOCOL -> {
                if (value != 0 && value != 1 || outbound.takesConnect && value == 0) {
                    broken(Http2Error.PROTOCOL_ERROR, "ENABLE_CONNECT_PROTOCOL");
                }
                outbound.takesConnect = value == 1;
            }
            default -> {}
        }
    }

    private void ping(int flags, int id, byte[] payload, int length) {
        if (length != 8) {
            broken(Http2Error.FRAME_SIZE_ERROR, "a malformed PING");
            return;
        }
        if (id != 0) {
            broken(Http2Error.PROTOCOL_ERROR, "PING on a stream");
            return;
        }
        long data = (long) number(payload, 0) << 32 | (number(payload, 4) & 0xffffffffL);
        if ((flags & FrameWriter.ACK) != 0) {
            if (!session.ponged(data)) {
                glitch("PING acknowledged that was not sent");
            }
            return;
        }
        session.writer.ping(data, FrameWriter.ACK);
        answered();
        glitch("PING flood");
    }

    private void goAway(int id, byte[] payload, int length) {
        if (id != 0) {
            broken(Http2Error.PROTOCOL_ERROR, "GOAWAY on a stream");
            return;
        }
        if (length < 8) {
            broken(Http2Error.FRAME_SIZE_ERROR, "a malformed GOAWAY");
            return;
        }
        glitch("GOAWAY again and again");
        if (!session.isOpen()) {
            return;
        }
        session.peerGoingAway = true;
        session.events.goingAway(Http2Error.of(number(payload, 4)));
        if (!session.settings.server()) {
            int last = dependency(payload, 0);
            session.streams.forEach(stream -> {
                if (stream.id > last) {
                    session.resetByPeer(stream, ResetCause.UNPROCESSED, Http2Error.REFUSED_STREAM);
                }
            });
        }
    }

    private void windowUpdate(int id, byte[] payload, int length) {
        if (length != 4) {
            broken(Http2Error.FRAME_SIZE_ERROR, "a malformed WINDOW_UPDATE");
            return;
        }
        int more = dependency(payload, 0);
        glitch("WINDOW_UPDATE flood");
        if (!session.isOpen()) {
            return;
        }
        if (id == 0) {
            if (more == 0) {
                broken(Http2Error.PROTOCOL_ERROR, "a WINDOW_UPDATE of nothing");
            } else if (!session.outbound.widen(more)) {
                broken(Http2Error.FLOW_CONTROL_ERROR, "the connection's window is too large");
            }
            return;
        }
        Http2Stream stream = session.streams.get(id);
        if (stream == null) {
            if (inbound.isIdle(id)) {
                broken(Http2Error.PROTOCOL_ERROR, "WINDOW_UPDATE of an idle stream");
            } else if (more == 0 && session.streams.closedHow(id) == Closed.UNKNOWN) {
                broken(Http2Error.PROTOCOL_ERROR, "a WINDOW_UPDATE of nothing");
            }
        } else if (more == 0) {
            session.streamError(stream, Http2Error.PROTOCOL_ERROR);
        } else if (!session.outbound.widen(stream, more)) {
            session.streamError(stream, Http2Error.FLOW_CONTROL_ERROR);
        }
    }
}
