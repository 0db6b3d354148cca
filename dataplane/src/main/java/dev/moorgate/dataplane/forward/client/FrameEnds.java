package dev.moorgate.dataplane.forward.client;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Follows where the frames of a stream begin and end (RFC 9114 7.1), in front of the codec, which takes a stream that ends within
 * one for whole. One stream, its event loop only.
 */
final class FrameEnds extends ChannelInboundHandlerAdapter {
    private enum Part {
        TYPE,
        LENGTH,
        PAYLOAD
    }

    private Part part = Part.TYPE;
    /** Bytes of the number under way that are to come, or of the payload. */
    private long left;

    private long number;

    /** Whether a frame has begun and not ended. */
    boolean isWithinFrame() {
        return part != Part.TYPE || left > 0;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof ByteBuf bytes) {
            follow(bytes);
        }
        ctx.fireChannelRead(message);
    }

    private void follow(ByteBuf bytes) {
        int at = bytes.readerIndex();
        int end = bytes.writerIndex();
        while (at < end) {
            if (part == Part.PAYLOAD) {
                int step = (int) Math.min(left, end - at);
                left -= step;
                at += step;
            } else {
                digit(bytes.getByte(at++));
            }
            if (left == 0) {
                next();
            }
        }
    }

    /** A number says with its first two bits how long it is (RFC 9000 16). */
    private void digit(byte octet) {
        if (left == 0) {
            left = (1L << (octet >> 6 & 3)) - 1;
            number = octet & 0x3f;
        } else {
            left--;
            number = number << Byte.SIZE | octet & 0xff;
        }
    }

    private void next() {
        if (part == Part.TYPE) {
            part = Part.LENGTH;
        } else if (part == Part.LENGTH && number > 0) {
            part = Part.PAYLOAD;
            left = number;
        } else {
            part = Part.TYPE;
        }
    }
}
