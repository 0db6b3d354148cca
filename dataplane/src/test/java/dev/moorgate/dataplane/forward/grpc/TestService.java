package dev.moorgate.dataplane.forward.grpc;

import io.grpc.Context;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What gRPC's interop client asks of a server (grpc/doc/interop-test-descriptions.md), on grpc-java's own server: the methods of
 * {@code grpc.testing.TestService}, with messages of our own form, since a proxy looks at none.
 */
final class TestService {
    static final Metadata.Key<String> ECHO_INITIAL =
            Metadata.Key.of("x-grpc-test-echo-initial", Metadata.ASCII_STRING_MARSHALLER);
    static final Metadata.Key<byte[]> ECHO_TRAILING =
            Metadata.Key.of("x-grpc-test-echo-trailing-bin", Metadata.BINARY_BYTE_MARSHALLER);

    static final MethodDescriptor<Ask, byte[]> UNARY = method(MethodType.UNARY, "grpc.testing.TestService/UnaryCall");
    static final MethodDescriptor<Ask, byte[]> INPUT =
            method(MethodType.CLIENT_STREAMING, "grpc.testing.TestService/StreamingInputCall");
    static final MethodDescriptor<Ask, byte[]> OUTPUT =
            method(MethodType.SERVER_STREAMING, "grpc.testing.TestService/StreamingOutputCall");
    static final MethodDescriptor<Ask, byte[]> DUPLEX =
            method(MethodType.BIDI_STREAMING, "grpc.testing.TestService/FullDuplexCall");
    static final MethodDescriptor<Ask, byte[]> UNIMPLEMENTED_METHOD =
            method(MethodType.UNARY, "grpc.testing.TestService/UnimplementedCall");
    static final MethodDescriptor<Ask, byte[]> UNIMPLEMENTED_SERVICE =
            method(MethodType.UNARY, "grpc.testing.UnimplementedService/UnimplementedCall");

    /** Calls that have come. */
    final AtomicInteger begun = new AtomicInteger();

    /** Calls that their clients gave up, as the server learned it. */
    final AtomicInteger cancelled = new AtomicInteger();

    /** Calls whose deadline the server knew. */
    final AtomicInteger withDeadline = new AtomicInteger();

    /**
     * A request.
     *
     * @param code status to end with; 0: an answer
     * @param message of that status
     * @param sizes of the answers wanted
     * @param payload how much comes with the request
     */
    record Ask(int code, String message, List<Integer> sizes, int payload) {
        static Ask payload(int payload) {
            return new Ask(0, "", List.of(), payload);
        }

        static Ask answers(int payload, Integer... sizes) {
            return new Ask(0, "", List.of(sizes), payload);
        }

        static Ask status(int code, String message) {
            return new Ask(code, message, List.of(), 0);
        }
    }

    private static MethodDescriptor<Ask, byte[]> method(MethodType type, String name) {
        return MethodDescriptor.<Ask, byte[]>newBuilder()
                .setType(type)
                .setFullMethodName(name)
                .setRequestMarshaller(new Asks())
                .setResponseMarshaller(new Bytes())
                .build();
    }

    ServerServiceDefinition definition() {
        var service = ServerServiceDefinition.builder("grpc.testing.TestService")
                .addMethod(UNARY, ServerCalls.asyncUnaryCall(this::unary))
                .addMethod(INPUT, ServerCalls.asyncClientStreamingCall(this::input))
                .addMethod(OUTPUT, ServerCalls.asyncServerStreamingCall(this::output))
                .addMethod(DUPLEX, ServerCalls.asyncBidiStreamingCall(this::duplex))
                .build();
        return ServerInterceptors.intercept(service, new Echo());
    }

    private void unary(Ask ask, StreamObserver<byte[]> to) {
        watch(to);
        if (ask.code() != 0) {
            to.onError(Status.fromCodeValue(ask.code())
                    .withDescription(ask.message())
                    .asRuntimeException());
            return;
        }
        to.onNext(new byte[ask.sizes().isEmpty() ? 0 : ask.sizes().getFirst()]);
        to.onCompleted();
    }

    private StreamObserver<Ask> input(StreamObserver<byte[]> to) {
        watch(to);
        return new StreamObserver<>() {
            private int sum;

            @Override
            public void onNext(Ask ask) {
                sum += ask.payload();
            }

            @Override
            public void onError(Throwable cause) {
                // counted by the watch
            }

            @Override
            public void onCompleted() {
                to.onNext(String.valueOf(sum).getBytes(java.nio.charset.StandardCharsets.US_ASCII));
                to.onCompleted();
            }
        };
    }

    private void output(Ask ask, StreamObserver<byte[]> to) {
        watch(to);
        ask.sizes().forEach(size -> to.onNext(new byte[size]));
        to.onCompleted();
    }

    private StreamObserver<Ask> duplex(StreamObserver<byte[]> to) {
        watch(to);
        return new StreamObserver<>() {
            @Override
            public void onNext(Ask ask) {
                if (ask.code() != 0) {
                    to.onError(Status.fromCodeValue(ask.code())
                            .withDescription(ask.message())
                            .asRuntimeException());
                } else {
                    ask.sizes().forEach(size -> to.onNext(new byte[size]));
                }
            }

            @Override
            public void onError(Throwable cause) {
                // counted by the watch
            }

            @Override
            public void onCompleted() {
                to.onCompleted();
            }
        };
    }

    private void watch(StreamObserver<byte[]> call) {
        begun.incrementAndGet();
        if (Context.current().getDeadline() != null) {
            withDeadline.incrementAndGet();
        }
        if (call instanceof ServerCallStreamObserver<byte[]> known) {
            known.setOnCancelHandler(cancelled::incrementAndGet);
        }
    }

    /** Sends metadata back where it came with the call. */
    private static final class Echo implements ServerInterceptor {
        @Override
        public <Q, A> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, A> call, Metadata fields, ServerCallHandler<Q, A> next) {
            var initial = new Metadata();
            var trailing = new Metadata();
            String first = fields.get(ECHO_INITIAL);
            byte[] last = fields.get(ECHO_TRAILING);
            if (first != null) {
                initial.put(ECHO_INITIAL, first);
            }
            if (last != null) {
                trailing.put(ECHO_TRAILING, last);
            }
            call.setCompression("gzip");
            return next.startCall(new WithFields<>(call, initial, trailing), fields);
        }
    }

    private static final class WithFields<Q, A> extends SimpleForwardingServerCall<Q, A> {
        private final Metadata initial;
        private final Metadata trailing;

        WithFields(ServerCall<Q, A> call, Metadata initial, Metadata trailing) {
            super(call);
            this.initial = initial;
            this.trailing = trailing;
        }

        @Override
        public void sendHeaders(Metadata headers) {
            headers.merge(initial);
            super.sendHeaders(headers);
        }

        @Override
        public void close(Status status, Metadata trailers) {
            trailers.merge(trailing);
            super.close(status, trailers);
        }
    }

    // ------------------------------------------------------------------ messages

    private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static final class Asks implements MethodDescriptor.Marshaller<Ask> {
        @Override
        public InputStream stream(Ask value) {
            var bytes = new ByteArrayOutputStream();
            try (var out = new DataOutputStream(bytes)) {
                out.writeInt(value.code());
                out.writeUTF(value.message());
                out.writeInt(value.sizes().size());
                for (int size : value.sizes()) {
                    out.writeInt(size);
                }
                out.write(new byte[value.payload()]);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return new ByteArrayInputStream(bytes.toByteArray());
        }

        @Override
        public Ask parse(InputStream stream) {
            try (var in = new DataInputStream(stream)) {
                int code = in.readInt();
                String message = in.readUTF();
                List<Integer> sizes = new ArrayList<>();
                for (int left = in.readInt(); left > 0; left--) {
                    sizes.add(in.readInt());
                }
                return new Ask(code, message, sizes, in.readAllBytes().length);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
