package dev.moorgate.houserules;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SourceRulesTest {

    @TempDir
    Path project;

    @Test
    void everySourceFileOfTheProjectKeepsTheRules() {
        Path root = Path.of(System.getProperty("moorgate.root")).normalize();

        assertThat(root.resolve("mvnw")).exists();
        assertThat(SourceRules.violations(root)).isEmpty();
    }

    @Test
    void aFileOfMoreThanFourHundredLinesIsNamed() throws IOException {
        write("Long.java", "\n".repeat(401));

        assertThat(SourceRules.violations(project))
                .containsExactly("m/src/test/java/p/Long.java has 401 lines, more than 400");
    }

    @Test
    void aPackageOfMoreThanTwentyFilesIsNamed() throws IOException {
        for (char c = 'A'; c <= 'U'; c++) {
            write(c + ".java", "final class " + c + " {}\n");
        }

        assertThat(SourceRules.violations(project)).singleElement().asString().contains("21 files");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "class RouterImpl",
                "interface StringUtils",
                "enum HttpManagerKind",
                "record BaseRoute(int a)",
                "class AbstractPool",
                "class DefaultPool"
            })
    void aNameThatSaysNothingIsNamed(String declaration) throws IOException {
        write("A.java", "final class A {\n    private static " + declaration + " {}\n}\n");

        assertThat(SourceRules.violations(project)).singleElement().asString().contains("named after its place");
    }

    @ParameterizedTest
    @ValueSource(strings = {"class Simplify", "enum Utility", "record Defaults(int a)", "class Baseline", "class Base"})
    void aNameThatOnlyLooksLikeOneIsFine(String declaration) throws IOException {
        write("A.java", "final class A {\n    private static " + declaration + " {}\n}\n");

        assertThat(SourceRules.violations(project)).isEmpty();
    }

    @Test
    void aPackageOfProductCodeNeedsNullMarked() throws IOException {
        Path folder = Files.createDirectories(project.resolve("m/src/main/java/p"));
        Files.writeString(folder.resolve("A.java"), "class A {}\n");

        assertThat(SourceRules.violations(project)).containsExactly("m/src/main/java/p has no package-info.java");
    }

    private void write(String name, String text) throws IOException {
        Path folder = Files.createDirectories(project.resolve("m/src/test/java/p"));
        Files.writeString(folder.resolve(name), text);
    }
}
