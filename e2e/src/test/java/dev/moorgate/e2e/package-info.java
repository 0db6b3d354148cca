/**
 * What users see, on a real cluster: each {@link dev.moorgate.e2e.Feature} installs nothing but the chart, by helm, and uses
 * nothing but kubectl and HTTP. Depends on nothing of ours. Start at {@link dev.moorgate.e2e.EndToEndTest}.
 */
@NullMarked
package dev.moorgate.e2e;

import org.jspecify.annotations.NullMarked;
