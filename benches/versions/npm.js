// `semver`, the library of npm: a pair a line in, its order out (`!` where one is no version).
const semver = require(process.env.SEMVER || 'semver');
for (const line of require('fs').readFileSync(0, 'utf8').split('\n').slice(0, -1)) {
  const [a, b] = line.split('\t').map((text) => semver.parse(text));
  console.log(a && b ? String(a.compare(b)) : '!');
}
