package dev.moorgate.cli;

import dev.moorgate.routetable.KeyRing;
import dev.moorgate.routetable.KeyRing.SessionKey;
import dev.moorgate.routetable.Redacted;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;

/**
 * The keys of sticky sessions in a file: a line {@code kid base64-of-32-bytes} each, the first signs, all verify. Made with mode
 * 0600 where absent, so that a restart keeps its sessions; several processes that read the same file honour each other's cookies.
 */
final class KeyFile {
    /** The ring's name in the route table. */
    static final String RING = "moorgate";

    private KeyFile() {}

    /** Where keys are kept unless told otherwise: the state folder of the XDG base directory specification. */
    static Path standard() {
        String state = System.getenv("XDG_STATE_HOME");
        Path folder = state == null || state.isBlank()
                ? Path.of(System.getProperty("user.home"), ".local", "state")
                : Path.of(state);
        return folder.resolve("moorgate").resolve("session-keys");
    }

    /** A ring of one fresh key that is kept nowhere: for a compile that serves nothing. */
    static KeyRing transientRing() {
        byte[] secret = new byte[32];
        new SecureRandom().nextBytes(secret);
        String text = Base64.getEncoder().encodeToString(secret);
        return new KeyRing(RING, List.of(new SessionKey("check", new Redacted(text))));
    }

    /** Reads the ring, making the file with one new key where there is none. */
    static KeyRing load(Path file) throws IOException {
        if (Files.exists(file)) {
            return read(file);
        }
        try {
            return create(file);
        } catch (FileSystemException e) {
            throw new IOException("cannot make " + file + ": " + why(e), e);
        }
    }

    /** Reads the ring of a file that must be there: a running process makes no keys, it has some. */
    static KeyRing read(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new IOException(file + " is a folder");
        }
        try {
            return parse(file, Files.readAllLines(file, StandardCharsets.UTF_8));
        } catch (NoSuchFileException e) {
            throw new IOException(file + " is gone", e);
        } catch (FileSystemException e) {
            throw new IOException(file + " cannot be read: " + why(e), e);
        } catch (CharacterCodingException e) {
            throw new IOException(file + " is not text", e);
        }
    }

    private static String why(FileSystemException e) {
        return switch (e) {
            case AccessDeniedException denied -> "permission denied";
            case FileAlreadyExistsException exists -> e.getFile() + " is no folder";
            default -> e.getReason() == null ? e.getClass().getSimpleName() : e.getReason();
        };
    }

    /** What a person should do about the file, a line each. */
    static List<String> warnings(Path file) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null || !Files.getFileStore(folder).supportsFileAttributeView("posix")) {
            return List.of();
        }
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
        return permissions.contains(PosixFilePermission.OTHERS_READ)
                ? List.of("warning: session keys: everybody on this machine can read " + file + ": chmod 600 it")
                : List.of();
    }

    private static KeyRing create(Path file) throws IOException {
        var random = new SecureRandom();
        byte[] secret = new byte[32];
        random.nextBytes(secret);
        String kid = "k" + Integer.toString(random.nextInt(36 * 36 * 36, 36 * 36 * 36 * 36), 36);
        String text =
                "# Keys of Moorgate's sticky sessions: the first signs, all verify. Put a new one on top to rotate.\n"
                        + kid + " " + Base64.getEncoder().encodeToString(secret) + "\n";
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        var attributes = Files.getFileStore(folder == null ? file : folder).supportsFileAttributeView("posix")
                ? new java.nio.file.attribute.FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new java.nio.file.attribute.FileAttribute<?>[0];
        Path fresh = Files.createTempFile(folder == null ? Path.of(".") : folder, ".session-keys", "", attributes);
        try {
            Files.writeString(fresh, text, StandardOpenOption.TRUNCATE_EXISTING);
            // A link fails where the file has come into being meanwhile: two processes started at once agree on one
            // key.
            Files.createLink(file, fresh);
        } catch (FileAlreadyExistsException e) {
            return read(file);
        } finally {
            Files.deleteIfExists(fresh);
        }
        return parse(file, text.lines().toList());
    }

    private static KeyRing parse(Path file, List<String> lines) throws IOException {
        var keys = new ArrayList<SessionKey>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            String[] parts = line.split("\\s+", -1);
            String place = file + ":" + (i + 1) + ": ";
            if (parts.length != 2) {
                throw new IOException(place + "expected a key id and a key in base64");
            }
            try {
                if (Base64.getDecoder().decode(parts[1]).length != 32) {
                    throw new IOException(place + "a key has 32 bytes, in base64");
                }
                keys.add(new SessionKey(parts[0], new Redacted(parts[1])));
            } catch (IllegalArgumentException e) {
                throw new IOException(place + "not a key: the id is 1 to 8 letters or digits, the key is base64", e);
            }
        }
        if (keys.isEmpty()) {
            throw new IOException(file + " holds no key");
        }
        return new KeyRing(RING, keys);
    }
}
