<?php
// Composer's own Semver, over PHP's version_compare.
require 'Composer/Semver/autoload.php';

use Composer\Semver\Comparator;
use Composer\Semver\Semver;
use Composer\Semver\VersionParser;

$ranges = str_ends_with($argv[1], '-ranges');
echo 'composer/semver ', trim(shell_exec("dpkg-query -f '\${Version}' -W php-composer-semver")), ', PHP ', PHP_VERSION, "\n";
$parser = new VersionParser();
while (($line = fgets(STDIN)) !== false) {
    [$a, $b] = explode("\t", rtrim($line, "\n"));
    try {
        if ($ranges) {
            echo Semver::satisfies($b, $a) ? 'y' : 'n';
            continue;
        }
        [$a, $b] = [$parser->normalize($a), $parser->normalize($b)];
        if ($a !== $b && (str_starts_with($a, 'dev-') || str_starts_with($b, 'dev-'))) {
            // Comparator orders branches for want of an answer; Composer itself lets none into a range.
            echo '!';
            continue;
        }
        echo Comparator::lessThan($a, $b) ? '<' : (Comparator::equalTo($a, $b) ? '=' : '>');
    } catch (UnexpectedValueException) {
        echo '!';
    }
}
echo "\n";
