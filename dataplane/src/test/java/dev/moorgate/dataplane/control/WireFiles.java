package dev.moorgate.dataplane.control;

import dev.moorgate.routetable.wire.Push;
import dev.moorgate.routetable.wire.TableReader;
import dev.moorgate.routetable.wire.TableVersion;
import dev.moorgate.routetable.wire.WireException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The golden documents of the contract, where the routetable module keeps them. */
final class WireFiles {
    private static final Path FOLDER = Path.of("..", "routetable", "src", "test", "resources", "wire");

    private WireFiles() {}

    static byte[] document(String name) {
        try {
            return Files.readAllBytes(FOLDER.resolve(name + ".json"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The table with everything in it, under a version of its own. */
    static Push push(long table) {
        try {
            Push push = TableReader.push(document("push"));
            return new Push(new TableVersion("0000019ac2e1a400", table, 0), push.table(), push.endpoints());
        } catch (WireException e) {
            throw new AssertionError(e);
        }
    }
}
