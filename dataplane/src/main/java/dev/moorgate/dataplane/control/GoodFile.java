package dev.moorgate.dataplane.control;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import dev.moorgate.routetable.wire.Push;
import dev.moorgate.routetable.wire.TableReader;
import dev.moorgate.routetable.wire.WireException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The files of {@link LastGood}. A table is a line with its owner and its checksum, and a {@code Push}. Changes are a line with their owner
 * and the checksum of the table that they begin with, and for each a line with its length and checksum, and a {@code DeltaPush}.
 */
final class GoodFile {
    private static final String TABLE = "moorgate-last-good-1";
    private static final String CHANGES = "moorgate-changes-1";
    private static final int HEAD_LIMIT = 512;

    private GoodFile() {}

    /** A whole push, and the checksum that it was kept with. */
    record Table(Push push, String checksum) {}

    /**
     * What changes made of a table.
     *
     * @param push after the last change that is whole
     * @param problem what is wrong with the one behind it; nothing where that one was never written to its end
     */
    record Replay(Push push, Optional<String> problem) {}

    /** Puts octets into files and syncs them. */
    interface Disk {
        Disk OF_THE_SYSTEM = new Disk() {
            @Override
            public void write(Path file, byte[] head, byte[] body) throws IOException {
                GoodFile.write(file, Set.of(CREATE_NEW, WRITE), head, body);
            }

            @Override
            public void append(Path file, byte[] head, byte[] body) throws IOException {
                GoodFile.write(file, Set.of(CREATE, APPEND), head, body);
            }
        };

        /** Into a new file. */
        void write(Path file, byte[] head, byte[] body) throws IOException;

        /** Behind what is there. */
        void append(Path file, byte[] head, byte[] body) throws IOException;
    }

    private static void write(Path file, Set<? extends OpenOption> how, byte[] head, byte[] body) throws IOException {
        var permissions = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        try (FileChannel channel = FileChannel.open(file, how, permissions)) {
            for (byte[] part : List.of(head, body)) {
                ByteBuffer rest = ByteBuffer.wrap(part);
                while (rest.hasRemaining()) {
                    channel.write(rest);
                }
            }
            channel.force(true);
        }
    }

    static byte[] tableHead(String owner, String checksum) {
        return line(TABLE, owner, checksum);
    }

    static byte[] changesHead(String owner, String table) {
        return line(CHANGES, owner, table);
    }

    /** A change as it stands in its file. */
    static byte[] record(byte[] change) {
        byte[] head = line(String.valueOf(change.length), sha256(change));
        byte[] record = Arrays.copyOf(head, head.length + change.length);
        System.arraycopy(change, 0, record, head.length, change.length);
        return record;
    }

    static Table table(byte[] content, String owner) throws WireException {
        int end = end(content, 0);
        String[] head = words(content, 0, end, 3);
        if (!head[0].equals(TABLE)) {
            throw cut();
        }
        byte[] body = Arrays.copyOfRange(content, end + 1, content.length);
        if (!head[2].equals(sha256(body))) {
            throw new WireException("", "is damaged: its checksum is not that of its content");
        }
        if (!head[1].equals(owner)) {
            throw new WireException("", "belongs to another");
        }
        return new Table(TableReader.push(body), head[2]);
    }

    /**
     * Nothing where they are the changes of another table. A file that ends before its last line or change does is what a process leaves
     * that is killed as it writes: that change was never kept, and nothing is wrong with those before it.
     */
    static Optional<Replay> replay(byte[] content, String owner, Table table) throws WireException {
        byte[] wanted = changesHead(owner, table.checksum());
        if (content.length < wanted.length && Arrays.equals(content, Arrays.copyOf(wanted, content.length))) {
            return Optional.empty();
        }
        int end = end(content, 0);
        String[] head = words(content, 0, end, 3);
        if (!head[0].equals(CHANGES)) {
            throw cut();
        }
        Push push = table.push();
        if (!head[1].equals(owner) || !head[2].equals(table.checksum())) {
            return Optional.empty();
        }
        int at = end + 1;
        for (int number = 1; at < content.length; number++) {
            try {
                int line = newline(content, at);
                if (line == content.length) {
                    break;
                }
                int body = line + 1;
                String[] said = words(content, at, line, 2);
                int length = length(said[0]);
                if (length > content.length - body) {
                    break;
                }
                byte[] change = Arrays.copyOfRange(content, body, body + length);
                if (!said[1].equals(sha256(change))) {
                    throw new WireException("", "is damaged: its checksum is not that of its content");
                }
                push = TableReader.deltaPush(change).replay(push);
                at = body + length;
            } catch (WireException e) {
                return Optional.of(new Replay(push, Optional.of("change " + number + " " + e.getMessage())));
            }
        }
        return Optional.of(new Replay(push, Optional.empty()));
    }

    private static int length(String digits) throws WireException {
        if (!digits.matches("[0-9]{1,9}")) {
            throw cut();
        }
        return Integer.parseInt(digits);
    }

    /** Where the line ends that begins there. */
    private static int end(byte[] content, int begin) throws WireException {
        int newline = newline(content, begin);
        if (newline == content.length) {
            throw cut();
        }
        return newline;
    }

    /** The end of the content where it ends before the line does. */
    private static int newline(byte[] content, int begin) throws WireException {
        int limit = Math.min(content.length, begin + HEAD_LIMIT);
        for (int i = begin; i < limit; i++) {
            if (content[i] == '\n') {
                return i;
            }
        }
        if (limit < content.length) {
            throw cut();
        }
        return content.length;
    }

    private static String[] words(byte[] content, int begin, int end, int count) throws WireException {
        String[] words = new String(content, begin, end - begin, US_ASCII).split(" ", -1);
        if (words.length != count) {
            throw cut();
        }
        return words;
    }

    private static WireException cut() {
        return new WireException("", "is cut or of another format");
    }

    private static byte[] line(String... words) {
        return (String.join(" ", words) + "\n").getBytes(US_ASCII);
    }

    /** 64 hexadecimal digits. */
    static String sha256(byte[] octets) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(octets));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
