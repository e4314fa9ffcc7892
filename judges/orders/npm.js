// npm's semver, strict; in ranges with all pre-releases, or (-named) with those that npm installs.
const semver = require('semver');
const lines = require('fs').readFileSync(0, 'utf8').split('\n').slice(0, -1);
const ranges = process.argv[2].includes('-ranges');
const includePrerelease = !process.argv[2].endsWith('-named');
console.log(`npm semver ${require('semver/package.json').version}`);
console.log(
  lines
    .map((line) => {
      const [a, b] = line.split('\t');
      try {
        if (ranges) {
          const range = new semver.Range(a, { includePrerelease });
          new semver.SemVer(b);
          return range.test(b) ? 'y' : 'n';
        }
        return '<=>'[semver.compare(a, b) + 1];
      } catch {
        return '!';
      }
    })
    .join(''),
);
