package dev.moorgate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** A message is one line, whatever somebody wrote into an object (fault I9). */
class LogSetupTest {
    private final LoggerContext context = new LoggerContext();

    private String line(String message) {
        var setup = new LogSetup();
        setup.setContext(context);
        setup.configure(context);
        Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        var event = new LoggingEvent("here", root, Level.WARN, message, null, null);
        var appender = (OutputStreamAppender<ILoggingEvent>) root.getAppender("stderr");
        return new String(appender.getEncoder().encode(event), StandardCharsets.UTF_8);
    }

    @Test
    void aMessageWithLineBreaksAndEscapesIsOneLineAndNothingInItIsEvaluated() {
        String line =
                line("host a\r\n12:00:00.000 ERROR forged\u001b[31m\u0085\u2028${jndi:ldap://x/a} %d{yyyy} \u0000end");

        assertThat(line).endsWith("host a??12:00:00.000 ERROR forged?[31m??${jndi:ldap://x/a} %d{yyyy} ?end\n");
        assertThat(line.strip().lines()).hasSize(1);
    }
}
