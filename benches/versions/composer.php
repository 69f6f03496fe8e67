<?php
// composer/semver: a pair a line in, its order out (`!` where one is no version, or a branch, which has no order).
require getenv('AUTOLOAD') ?: 'Composer/Semver/autoload.php';
$parser = new Composer\Semver\VersionParser();
while (($line = fgets(STDIN)) !== false) {
    try {
        [$a, $b] = array_map(fn ($text) => $parser->normalize($text), explode("\t", rtrim($line, "\n")));
        $is_branch = str_starts_with($a, 'dev-') || str_starts_with($b, 'dev-');
        echo $is_branch ? '!' : version_compare($a, $b), "\n";
    } catch (UnexpectedValueException $error) {
        echo "!\n";
    }
}
