// The orders of Go modules (golang.org/x/mod/semver), of apk-tools 2 (go-apk-version) and of NuGet (deps.dev/util/semver).
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime/debug"
	"strings"

	depsdev "deps.dev/util/semver"
	apk "github.com/knqyf263/go-apk-version"
	gosemver "golang.org/x/mod/semver"
)

func order(n int) byte { return "<=>"[n+1] }

func v(text string) string {
	if !strings.HasPrefix(text, "v") {
		return "v" + text
	}
	return text
}

func compareGo(a, b string) byte {
	a, b = v(a), v(b)
	if !gosemver.IsValid(a) || !gosemver.IsValid(b) {
		return '!'
	}
	return order(gosemver.Compare(a, b))
}

func compareApk(a, b string) byte {
	x, wrong := apk.NewVersion(a)
	y, alsoWrong := apk.NewVersion(b)
	if wrong != nil || alsoWrong != nil {
		return '!'
	}
	return order(x.Compare(y))
}

func compareNuget(a, b string) byte {
	x, wrong := depsdev.NuGet.Parse(a)
	y, alsoWrong := depsdev.NuGet.Parse(b)
	if wrong != nil || alsoWrong != nil {
		return '!'
	}
	return order(x.Compare(y))
}

func withinNuget(a, b string) byte {
	set, wrong := depsdev.NuGet.ParseConstraint(a)
	version, alsoWrong := depsdev.NuGet.Parse(b)
	if wrong != nil || alsoWrong != nil {
		return '!'
	}
	if set.MatchVersionPrerelease(version) {
		return 'y'
	}
	return 'n'
}

func main() {
	judges := map[string]struct {
		module string
		ask    func(a, b string) byte
	}{
		"go":           {"golang.org/x/mod", compareGo},
		"go-real":      {"golang.org/x/mod", compareGo},
		"apk":          {"github.com/knqyf263/go-apk-version", compareApk},
		"nuget":        {"deps.dev/util/semver", compareNuget},
		"nuget-ranges": {"deps.dev/util/semver", withinNuget},
	}
	judge := judges[os.Args[1]]
	info, _ := debug.ReadBuildInfo()
	for _, module := range info.Deps {
		if module.Path == judge.module {
			fmt.Println(module.Path, module.Version)
		}
	}
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	for in.Scan() {
		a, b, _ := strings.Cut(in.Text(), "\t")
		out.WriteByte(judge.ask(a, b))
	}
	out.WriteByte('\n')
	out.Flush()
}
