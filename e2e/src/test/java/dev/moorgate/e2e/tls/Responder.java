package dev.moorgate.e2e.tls;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** An authority with one certificate, and its OCSP responder: OpenSSL behind a port of this process. */
public final class Responder implements AutoCloseable {
    private static final DateTimeFormatter INDEX_TIME =
            DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

    private final HttpServer server;
    private final Path folder;
    private final AtomicInteger answers = new AtomicInteger();

    /**
     * @param address of this machine, as pods reach it
     * @param host that the certificate is for
     */
    public Responder(String address, String host) throws IOException {
        folder = Files.createTempDirectory("moorgate-e2e-ocsp");
        server = HttpServer.create(new InetSocketAddress(0), 0);
        String url = "http://" + address + ":" + server.getAddress().getPort() + "/ocsp";
        make("ca", "authority");
        make(
                "leaf",
                host,
                "-CA",
                "ca.pem",
                "-CAkey",
                "ca.key",
                "-set_serial",
                "4097",
                "-addext",
                "subjectAltName=DNS:" + host,
                "-addext",
                "authorityInfoAccess=OCSP;URI:" + url);
        String expires = INDEX_TIME.format(Instant.now().plusSeconds(86_400));
        Files.writeString(folder.resolve("index.txt"), "V\t" + expires + "\t\t1001\tunknown\t/CN=" + host + "\n");
        server.createContext("/ocsp/", this::answer);
        server.start();
    }

    /** A key and a certificate for it, signed by itself unless the arguments say otherwise. */
    private void make(String name, String subject, String... more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("req", "-x509", "-days", "2", "-subj", "/CN=" + subject));
        arguments.addAll(List.of("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"));
        arguments.addAll(List.of("-keyout", name + ".key", "-out", name + ".pem"));
        arguments.addAll(Arrays.asList(more));
        openssl(arguments.toArray(String[]::new));
    }

    private void openssl(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(Arrays.asList(arguments));
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.onExit().join().exitValue() != 0) {
            throw new IOException(String.join(" ", command) + "\n" + said);
        }
    }

    /** RFC 6960 A.1: the question is the end of the path. */
    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            byte[] question = Base64.getDecoder().decode(path.substring("/ocsp/".length()));
            Files.write(folder.resolve("question"), question);
            openssl(
                    "ocsp",
                    "-index",
                    "index.txt",
                    "-CA",
                    "ca.pem",
                    "-rsigner",
                    "ca.pem",
                    "-rkey",
                    "ca.key",
                    "-ndays",
                    "1",
                    "-reqin",
                    "question",
                    "-respout",
                    "answer");
            byte[] answer = Files.readAllBytes(folder.resolve("answer"));
            exchange.getResponseHeaders().set("Content-Type", "application/ocsp-response");
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            answers.incrementAndGet();
        }
    }

    /** How often it has answered. */
    public int answers() {
        return answers.get();
    }

    /** The certificate, its authority behind it, as a manifest. */
    public String secret(String name) throws IOException {
        String chain = Files.readString(folder.resolve("leaf.pem")) + Files.readString(folder.resolve("ca.pem"));
        return Certificates.secret(name, chain, Files.readString(folder.resolve("leaf.key")));
    }

    /** For who believes the authority. */
    public Path authority() {
        return folder.resolve("ca.pem");
    }

    @Override
    public void close() throws IOException {
        server.stop(0);
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }
}
