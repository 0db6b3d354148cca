package dev.moorgate.dataplane.http2;

import dev.moorgate.dataplane.http.HeadLimits;
import dev.moorgate.dataplane.http.HeadWriter;
import dev.moorgate.dataplane.http.MessageHead;
import dev.moorgate.dataplane.http.ParseError;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.dataplane.http.ResponseHead;
import dev.moorgate.dataplane.http2.hpack.HpackDecoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A session without a socket: what it writes is kept as frames, written as {@code HEADERS 1 END_STREAM}, and what it tells is
 * kept as lines. Closing it releases what nobody has taken.
 */
final class Wire implements Http2Transport, Http2Events, AutoCloseable {
    private static final String[] TYPES = {
        "DATA",
        "HEADERS",
        "PRIORITY",
        "RST_STREAM",
        "SETTINGS",
        "PUSH_PROMISE",
        "PING",
        "GOAWAY",
        "WINDOW_UPDATE",
        "CONTINUATION"
    };

    final Http2Session session;
    final List<String> told = new ArrayList<>();
    final List<Http2Stream> streams = new ArrayList<>();
    final List<MessageHead> heads = new ArrayList<>();
    final ByteBuf out = Unpooled.buffer();
    private final HpackDecoder decoder = new HpackDecoder();
    private final List<ByteBuf> unread = new ArrayList<>();
    private final ByteBuf block = Unpooled.buffer();
    long now;
    boolean room = true;
    boolean awake;
    boolean ended;
    /** Content is told to be consumed as it comes. */
    boolean consumes = true;
    /** Requests are answered with 200 and nothing else at once. */
    boolean answers;

    private Wire(Http2Settings settings) {
        session = new Http2Session(settings, this, this, () -> now);
        session.start();
        session.flush();
    }

    static Wire server() {
        return new Wire(Http2Settings.server(HeadLimits.STANDARD, false));
    }

    static Wire of(Http2Settings settings) {
        return new Wire(settings);
    }

    /** A server that has seen preface and settings; its own first frames are forgotten. */
    static Wire readyServer() {
        Wire wire = server();
        wire.receive(Frames.preface(), Frames.settings(), Frames.settingsAck());
        wire.frames();
        return wire;
    }

    static Wire client() {
        Wire wire = new Wire(Http2Settings.client(HeadLimits.STANDARD, false));
        wire.out.clear();
        wire.receive(Frames.settings(), Frames.settingsAck());
        wire.frames();
        return wire;
    }

    void receive(byte[]... frames) {
        for (byte[] frame : frames) {
            session.receive(PooledByteBufAllocator.DEFAULT.directBuffer().writeBytes(frame));
        }
        if (awake) {
            awake = false;
            session.flush();
        }
    }

    Http2Stream request(String head, boolean end) {
        return request(head, 1, end);
    }

    /** @param method of {@code Methods} */
    Http2Stream request(String head, int method, boolean end) {
        byte[] bytes = Frames.latin(head);
        Http2Stream stream = session.request(bytes, bytes.length, method, false, end, null);
        streams.add(stream);
        session.flush();
        return stream;
    }

    void respond(Http2Stream stream, String head, boolean end) {
        byte[] bytes = Frames.latin(head);
        session.respond(stream, bytes, bytes.length, end);
        session.flush();
    }

    void send(Http2Stream stream, int bytes, boolean end) {
        session.data(stream, PooledByteBufAllocator.DEFAULT.directBuffer().writeZero(bytes), end);
        session.flush();
    }

    /** The frames since this was last asked. */
    List<String> frames() {
        List<String> frames = new ArrayList<>();
        while (out.readableBytes() >= FrameWriter.HEADER) {
            int length = out.readUnsignedMedium();
            int type = out.readUnsignedByte();
            int flags = out.readUnsignedByte();
            int stream = out.readInt();
            frames.add(frame(type, flags, stream, out.readSlice(length)));
        }
        out.discardReadBytes();
        return frames;
    }

    private String frame(int type, int flags, int stream, ByteBuf payload) {
        StringBuilder text = new StringBuilder(TYPES[type]).append(' ').append(stream);
        boolean ends = type <= FrameWriter.HEADERS && (flags & FrameWriter.END_STREAM) != 0;
        switch (type) {
            case FrameWriter.DATA, FrameWriter.WINDOW_UPDATE ->
                text.append(' ').append(type == FrameWriter.DATA ? payload.readableBytes() : payload.getInt(0));
            case FrameWriter.RST_STREAM -> text.append(' ').append(Http2Error.of(payload.getInt(0)));
            case FrameWriter.GOAWAY ->
                text.append(' ').append(payload.getInt(0)).append(' ').append(Http2Error.of(payload.getInt(4)));
            case FrameWriter.SETTINGS, FrameWriter.PING -> text.append((flags & FrameWriter.ACK) != 0 ? " ACK" : "");
            case FrameWriter.HEADERS, FrameWriter.CONTINUATION -> {
                block.writeBytes(payload);
                if ((flags & FrameWriter.END_HEADERS) != 0) {
                    text.append(' ').append(fields());
                }
            }
            default -> {}
        }
        return text.append(ends ? " end" : "").toString();
    }

    private String fields() {
        byte[] bytes = new byte[block.readableBytes()];
        block.readBytes(bytes);
        block.clear();
        return Frames.fields(decoder, bytes);
    }

    /** What was told since this was last asked. */
    List<String> told() {
        List<String> lines = List.copyOf(told);
        told.clear();
        return lines;
    }

    // ------------------------------------------------------------------ transport

    @Override
    public ByteBuf buffer(int size) {
        return PooledByteBufAllocator.DEFAULT.directBuffer(size);
    }

    @Override
    public void write(ByteBuf bytes) {
        out.writeBytes(bytes);
        bytes.release();
    }

    @Override
    public boolean hasRoom() {
        return room;
    }

    @Override
    public void wake() {
        awake = true;
    }

    @Override
    public void end() {
        ended = true;
    }

    // ------------------------------------------------------------------ events

    @Override
    public MessageHead head(Http2Stream stream) {
        MessageHead head = session.settings.server() ? new RequestHead() : new ResponseHead();
        stream.setOwner(head);
        heads.add(head);
        return head;
    }

    @Override
    public void headers(Http2Stream stream, boolean end) {
        streams.add(stream);
        ByteBuf text = Unpooled.buffer();
        if (stream.owner() instanceof RequestHead request) {
            new HeadWriter().startRequest(request).copyFields(request).end(text);
        } else if (stream.owner() instanceof ResponseHead response) {
            new HeadWriter().startResponse(response).copyFields(response).end(text);
        }
        String lines = text.toString(StandardCharsets.ISO_8859_1).strip().replace("\r\n", "|");
        tell("headers " + stream.id() + " " + lines, end);
        if (answers) {
            respond(stream, "HTTP/1.1 200 OK\r\n\r\n", true);
        }
    }

    @Override
    public void refused(Http2Stream stream, ParseError error, boolean end) {
        tell("refused " + stream.id() + " " + error, end);
    }

    @Override
    public void data(Http2Stream stream, ByteBuf data, boolean end) {
        int size = data.readableBytes();
        tell("data " + stream.id() + " " + size, end);
        if (consumes) {
            data.release();
            session.consumed(stream, size);
        } else {
            unread.add(data);
        }
    }

    @Override
    public void trailers(Http2Stream stream, MessageHead trailers) {
        StringBuilder text = new StringBuilder("trailers " + stream.id());
        for (int i = 0; i < trailers.fieldCount(); i++) {
            text.append(' ').append(trailers.nameString(i)).append('=').append(trailers.valueString(i));
        }
        told.add(text.toString());
    }

    @Override
    public void reset(Http2Stream stream, ResetCause cause, Http2Error error) {
        told.add("reset " + stream.id() + " " + cause + " " + error);
    }

    @Override
    public void writable(Http2Stream stream) {
        told.add("writable " + stream.id());
    }

    @Override
    public void pong() {
        told.add("pong");
    }

    @Override
    public void goingAway(Http2Error error) {
        told.add("going away " + error);
    }

    @Override
    public void closed(Http2Stream stream) {
        told.add("closed " + stream.id());
    }

    @Override
    public void failed(Http2Error error, String why) {
        told.add("failed " + error + ": " + why);
    }

    private void tell(String what, boolean end) {
        told.add(end ? what + " end" : what);
    }

    @Override
    public void close() {
        session.lost();
        unread.forEach(ByteBuf::release);
    }
}
