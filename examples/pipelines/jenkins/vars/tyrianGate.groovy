// A step of a shared library: `tyrianGate()` or `tyrianGate(target: 'deploy', baseline: 'tyrian-baseline.json')`.
// It needs tyrian on the agent, and shows the findings with the plugins JUnit and Warnings.
//
// The organisation's policy comes from the variable TYRIAN_POLICY (FILE@sha256:HEX) of the controller, where no branch
// can change it.
def call(Map options = [:]) {
    // The values go in as variables of the shell, never as a part of its text.
    withEnv(["TARGET=${options.target ?: '.'}", "BASELINE=${options.baseline ?: ''}"]) {
        try {
            sh label: 'tyrian: look', script: '''
                set -eu
                if [ -n "$BASELINE" ]; then set -- --baseline "$BASELINE"; else set --; fi
                tyrian scan --quiet "$@" -o tyrian.json -o tyrian.html -o tyrian.junit.xml -o warnings-ng:tyrian.warnings-ng.json -- "$TARGET"
            '''
            sh label: 'tyrian: decide', script: '''
                set -eu
                if [ -n "$BASELINE" ]; then set -- --baseline "$BASELINE"; else set --; fi
                tyrian gate --quiet "$@" -- report:tyrian.json
            '''
        } finally {
            junit testResults: 'tyrian.junit.xml', allowEmptyResults: true, skipMarkingBuildUnstable: true
            recordIssues tool: issues(name: 'tyrian', pattern: 'tyrian.warnings-ng.json')
            archiveArtifacts artifacts: 'tyrian.html, tyrian.json', allowEmptyArchive: true
        }
    }
}
