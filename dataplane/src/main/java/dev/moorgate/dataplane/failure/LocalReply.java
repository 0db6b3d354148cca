package dev.moorgate.dataplane.failure;

import java.nio.charset.StandardCharsets;

/** A response that the proxy itself makes: the one place that maps a failure to what the client reads. */
@SuppressWarnings("ArrayRecordComponent") // replies are written, never compared
public record LocalReply(int status, String contentType, byte[] body, boolean close) {

    /** The same with a body of the user's. */
    public LocalReply withBody(String newType, byte[] newBody) {
        return new LocalReply(status, newType, newBody, close);
    }

    /** Plain text: the status, its phrase and the reason word, so that a person with curl knows what to look for. */
    public static LocalReply of(ProxyFailure failure) {
        String text = failure.status() + " " + phrase(failure.status()) + "\nreason: " + failure.word() + "\n";
        return new LocalReply(
                failure.status(), "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8), failure.closes());
    }

    /** The reason phrase of a status line (RFC 9110 15); empty for codes without one. */
    public static String phrase(int status) {
        return switch (status) {
            case 101 -> "Switching Protocols";
            case 200 -> "OK";
            case 201 -> "Created";
            case 204 -> "No Content";
            case 301 -> "Moved Permanently";
            case 302 -> "Found";
            case 303 -> "See Other";
            case 304 -> "Not Modified";
            case 307 -> "Temporary Redirect";
            case 308 -> "Permanent Redirect";
            case 400 -> "Bad Request";
            case 401 -> "Unauthorized";
            case 403 -> "Forbidden";
            case 404 -> "Not Found";
            case 405 -> "Method Not Allowed";
            case 408 -> "Request Timeout";
            case 410 -> "Gone";
            case 413 -> "Content Too Large";
            case 414 -> "URI Too Long";
            case 417 -> "Expectation Failed";
            case 418 -> "I'm a teapot";
            case 421 -> "Misdirected Request";
            case 429 -> "Too Many Requests";
            case 431 -> "Request Header Fields Too Large";
            case 500 -> "Internal Server Error";
            case 501 -> "Not Implemented";
            case 502 -> "Bad Gateway";
            case 503 -> "Service Unavailable";
            case 504 -> "Gateway Timeout";
            case 505 -> "HTTP Version Not Supported";
            case 508 -> "Loop Detected";
            default -> "";
        };
    }
}
