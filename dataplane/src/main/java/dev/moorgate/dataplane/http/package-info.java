/** HTTP/1.1 heads and bodies as bytes: strict parsers and writers, pure. Depends on {@code failure} only. */
@NullMarked
package dev.moorgate.dataplane.http;

import org.jspecify.annotations.NullMarked;
