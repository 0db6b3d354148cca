/**
 * Kubernetes manifests on disk: which files count, what they hold, where each mistake stands, and when something changed.
 * Depends on {@code operator.crd} and {@code operator.snapshot}. Start at {@code ManifestSource}.
 */
@NullMarked
package dev.moorgate.cli.manifest;

import org.jspecify.annotations.NullMarked;
