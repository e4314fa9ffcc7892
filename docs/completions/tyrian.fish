# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_tyrian_global_optspecs
    string join \n h/help V/version
end

function __fish_tyrian_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_tyrian_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_tyrian_using_subcommand
    set -l cmd (__fish_tyrian_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c tyrian -n "__fish_tyrian_needs_command" -s h -l help -d 'Print help'
complete -c tyrian -n "__fish_tyrian_needs_command" -s V -l version -d 'Print version'
complete -c tyrian -n "__fish_tyrian_needs_command" -f -a "scan" -d 'Look at targets and report what is wrong'
complete -c tyrian -n "__fish_tyrian_needs_command" -f -a "gate" -d 'Decide: may this go on? Exit 1 when it may not, or when it cannot be told'
complete -c tyrian -n "__fish_tyrian_needs_command" -f -a "baseline" -d 'Write down what is there today, so that the gate looks at what is new'
complete -c tyrian -n "__fish_tyrian_needs_command" -f -a "matrix" -d 'Threat × control: what is absent, claimed, observed, and what attacks have proved or broken'
complete -c tyrian -n "__fish_tyrian_needs_command" -f -a "explain" -d 'What a check, a control, a threat, an id or a word of a report means'
complete -c tyrian -n "__fish_tyrian_needs_command" -f -a "fix" -d 'Mend what can be mended: patches are shown first, and applied on request'
complete -c tyrian -n "__fish_tyrian_needs_command" -f -a "sbom" -d 'A bill of materials: every package that is in an image or a directory, or that a tree\'s lock files name'
complete -c tyrian -n "__fish_tyrian_needs_command" -f -a "diff" -d 'What two images differ in: packages, files that give rights, sizes, configuration, findings'
complete -c tyrian -n "__fish_tyrian_needs_command" -f -a "purple" -d 'Attack a clone, name the control that stopped it, mend, attack again'
complete -c tyrian -n "__fish_tyrian_needs_command" -f -a "facts" -d 'Snapshots: everything that was read, as one JSON file'
complete -c tyrian -n "__fish_tyrian_needs_command" -f -a "db" -d 'Advisory data: what is known of vulnerable packages, as one file'
complete -c tyrian -n "__fish_tyrian_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tyrian -n "__fish_tyrian_using_subcommand scan" -l root -d 'Look at the host below this root instead of the running one' -r -F
complete -c tyrian -n "__fish_tyrian_using_subcommand scan" -l docker-host -d 'The engine\'s socket, `unix:///run/docker.sock`' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand scan" -l platform -d 'Of an image for several platforms, the one for this: `linux/arm64`, `linux/arm/v7`; nothing: this machine\'s, else the first' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand scan" -l db -d 'The database; nothing: tyrian/advisories.db in the user\'s data folder' -r -F
complete -c tyrian -n "__fish_tyrian_using_subcommand scan" -s f -l format -d 'The format on standard output' -r -f -a "human\t'Text for a terminal'
json\t'Everything, by docs/report.schema.json'
html\t'One self-contained page'
sarif\t'SARIF 2.1.0, for code scanning services and editors'
markdown\t'One page for job summaries and comments on merge requests'
junit\t'JUnit XML, for the test reports of pipelines'
gitlab-sast\t'GitLab\'s security report (SAST, schema 15)'
gitlab-codequality\t'GitLab\'s code quality report'
warnings-ng\t'The native JSON of Jenkins\' warnings plugin'
csv\t'A table, for spreadsheets: of findings; of tyrian matrix, a row for each cell'
openvex\t'What is said of each vulnerability, as OpenVEX 0.2.0'
cyclonedx-vex\t'The same as CycloneDX 1.6'
svg\t'The matrix as a picture'
navigator\t'The matrix as a layer of the ATT&CK Navigator, format 4.5, with scores'
nist\t'The matrix by the countermeasures of NIST SP 800-190: what is proven, passed, failed, unknown'
oscal\t'The matrix as OSCAL assessment results 1.1.2'"
complete -c tyrian -n "__fish_tyrian_using_subcommand scan" -s o -l output -d 'Write the report to a file too; the ending says the format (.json .sarif .html .md .csv .svg .txt .junit.xml), or `FORMAT:FILE`. May be repeated' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand scan" -l config -d 'The repository\'s own configuration; nothing: tyrian.toml, looked for upwards' -r -F
complete -c tyrian -n "__fish_tyrian_using_subcommand scan" -l policy -d 'The organisation\'s policy, pinned by its digest' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand scan" -l baseline -d 'Findings that were there before' -r -F
complete -c tyrian -n "__fish_tyrian_using_subcommand scan" -l vex -d 'What somebody says of vulnerabilities, OpenVEX or CycloneDX. May be repeated' -r -F
complete -c tyrian -n "__fish_tyrian_using_subcommand scan" -l fail-on -d 'Exit with 1 when a finding of that severity or more is open' -r -f -a "info\t''
low\t''
medium\t''
high\t''
critical\t''"
complete -c tyrian -n "__fish_tyrian_using_subcommand scan" -l benchmark -d 'Lay a benchmark over the result instead: the classic list, id by id, and how much of it is met. One of cis-docker, cis-docker-1.8, cis-kubernetes, nist-800-190, nsa-cisa and pod-security, which also has versions (pod-security@v1.30)' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand scan" -l no-cache -d 'Read every layer of an image anew, and keep nothing of it; else what was read of a layer is kept in tyrian/layers in the user\'s cache folder'
complete -c tyrian -n "__fish_tyrian_using_subcommand scan" -l strict -d 'Exit with 4 when something could not be read'
complete -c tyrian -n "__fish_tyrian_using_subcommand scan" -s q -l quiet -d 'No progress on standard error'
complete -c tyrian -n "__fish_tyrian_using_subcommand scan" -l all -d 'Every finding with its place'
complete -c tyrian -n "__fish_tyrian_using_subcommand scan" -l watch -d 'Stay, and print what is new and what is mended whenever the files change; with -f json, a line of JSON each time'
complete -c tyrian -n "__fish_tyrian_using_subcommand scan" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tyrian -n "__fish_tyrian_using_subcommand gate" -l root -d 'Look at the host below this root instead of the running one' -r -F
complete -c tyrian -n "__fish_tyrian_using_subcommand gate" -l docker-host -d 'The engine\'s socket, `unix:///run/docker.sock`' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand gate" -l platform -d 'Of an image for several platforms, the one for this: `linux/arm64`, `linux/arm/v7`; nothing: this machine\'s, else the first' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand gate" -l db -d 'The database; nothing: tyrian/advisories.db in the user\'s data folder' -r -F
complete -c tyrian -n "__fish_tyrian_using_subcommand gate" -s f -l format -d 'The format on standard output' -r -f -a "human\t'Text for a terminal'
json\t'Everything, by docs/report.schema.json'
html\t'One self-contained page'
sarif\t'SARIF 2.1.0, for code scanning services and editors'
markdown\t'One page for job summaries and comments on merge requests'
junit\t'JUnit XML, for the test reports of pipelines'
gitlab-sast\t'GitLab\'s security report (SAST, schema 15)'
gitlab-codequality\t'GitLab\'s code quality report'
warnings-ng\t'The native JSON of Jenkins\' warnings plugin'
csv\t'A table, for spreadsheets: of findings; of tyrian matrix, a row for each cell'
openvex\t'What is said of each vulnerability, as OpenVEX 0.2.0'
cyclonedx-vex\t'The same as CycloneDX 1.6'
svg\t'The matrix as a picture'
navigator\t'The matrix as a layer of the ATT&CK Navigator, format 4.5, with scores'
nist\t'The matrix by the countermeasures of NIST SP 800-190: what is proven, passed, failed, unknown'
oscal\t'The matrix as OSCAL assessment results 1.1.2'"
complete -c tyrian -n "__fish_tyrian_using_subcommand gate" -s o -l output -d 'Write the report to a file too; the ending says the format (.json .sarif .html .md .csv .svg .txt .junit.xml), or `FORMAT:FILE`. May be repeated' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand gate" -l config -d 'The repository\'s own configuration; nothing: tyrian.toml, looked for upwards' -r -F
complete -c tyrian -n "__fish_tyrian_using_subcommand gate" -l policy -d 'The organisation\'s policy, pinned by its digest' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand gate" -l baseline -d 'Findings that were there before' -r -F
complete -c tyrian -n "__fish_tyrian_using_subcommand gate" -l vex -d 'What somebody says of vulnerabilities, OpenVEX or CycloneDX. May be repeated' -r -F
complete -c tyrian -n "__fish_tyrian_using_subcommand gate" -l proven -d 'Fail unless attacks on clones have proved these controls, wherever a technique can try them: `seccomp,non-root`' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand gate" -l no-worse-than -d 'Fail when a cell of the matrix is worse than in that file, which `tyrian matrix -f json` wrote' -r -F
complete -c tyrian -n "__fish_tyrian_using_subcommand gate" -l no-cache -d 'Read every layer of an image anew, and keep nothing of it; else what was read of a layer is kept in tyrian/layers in the user\'s cache folder'
complete -c tyrian -n "__fish_tyrian_using_subcommand gate" -l strict -d 'Exit with 4 when something could not be read'
complete -c tyrian -n "__fish_tyrian_using_subcommand gate" -s q -l quiet -d 'No progress on standard error'
complete -c tyrian -n "__fish_tyrian_using_subcommand gate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tyrian -n "__fish_tyrian_using_subcommand baseline" -l root -d 'Look at the host below this root instead of the running one' -r -F
complete -c tyrian -n "__fish_tyrian_using_subcommand baseline" -l docker-host -d 'The engine\'s socket, `unix:///run/docker.sock`' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand baseline" -l platform -d 'Of an image for several platforms, the one for this: `linux/arm64`, `linux/arm/v7`; nothing: this machine\'s, else the first' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand baseline" -l db -d 'The database; nothing: tyrian/advisories.db in the user\'s data folder' -r -F
complete -c tyrian -n "__fish_tyrian_using_subcommand baseline" -l owner -d 'Who answers for it' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand baseline" -l approver -d 'Who allowed it' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand baseline" -l reason -d 'Why' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand baseline" -l expires -d 'The last day it holds, 2027-03-31; nothing: 90 days from now' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand baseline" -s o -l output -d 'The file' -r -F
complete -c tyrian -n "__fish_tyrian_using_subcommand baseline" -l no-cache -d 'Read every layer of an image anew, and keep nothing of it; else what was read of a layer is kept in tyrian/layers in the user\'s cache folder'
complete -c tyrian -n "__fish_tyrian_using_subcommand baseline" -l strict -d 'Exit with 4 when something could not be read'
complete -c tyrian -n "__fish_tyrian_using_subcommand baseline" -s q -l quiet -d 'No progress on standard error'
complete -c tyrian -n "__fish_tyrian_using_subcommand baseline" -s h -l help -d 'Print help'
complete -c tyrian -n "__fish_tyrian_using_subcommand matrix" -l root -d 'Look at the host below this root instead of the running one' -r -F
complete -c tyrian -n "__fish_tyrian_using_subcommand matrix" -l docker-host -d 'The engine\'s socket, `unix:///run/docker.sock`' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand matrix" -l platform -d 'Of an image for several platforms, the one for this: `linux/arm64`, `linux/arm/v7`; nothing: this machine\'s, else the first' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand matrix" -l db -d 'The database; nothing: tyrian/advisories.db in the user\'s data folder' -r -F
complete -c tyrian -n "__fish_tyrian_using_subcommand matrix" -s f -l format -d 'The format on standard output' -r -f -a "human\t'Text for a terminal'
json\t'Everything, by docs/report.schema.json'
html\t'One self-contained page'
sarif\t'SARIF 2.1.0, for code scanning services and editors'
markdown\t'One page for job summaries and comments on merge requests'
junit\t'JUnit XML, for the test reports of pipelines'
gitlab-sast\t'GitLab\'s security report (SAST, schema 15)'
gitlab-codequality\t'GitLab\'s code quality report'
warnings-ng\t'The native JSON of Jenkins\' warnings plugin'
csv\t'A table, for spreadsheets: of findings; of tyrian matrix, a row for each cell'
openvex\t'What is said of each vulnerability, as OpenVEX 0.2.0'
cyclonedx-vex\t'The same as CycloneDX 1.6'
svg\t'The matrix as a picture'
navigator\t'The matrix as a layer of the ATT&CK Navigator, format 4.5, with scores'
nist\t'The matrix by the countermeasures of NIST SP 800-190: what is proven, passed, failed, unknown'
oscal\t'The matrix as OSCAL assessment results 1.1.2'"
complete -c tyrian -n "__fish_tyrian_using_subcommand matrix" -s o -l output -d 'Write the report to a file too; the ending says the format (.json .sarif .html .md .csv .svg .txt .junit.xml), or `FORMAT:FILE`. May be repeated' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand matrix" -l layer -d 'Only this layer' -r -f -a "build\t''
host\t''
cloud\t''
image\t''
runtime\t''
cluster\t''
network\t''
logging\t''"
complete -c tyrian -n "__fish_tyrian_using_subcommand matrix" -l before -d 'Show it beside what was before: a target, `facts:old.json`, or a file that `tyrian matrix -f json` wrote. May be repeated for targets' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand matrix" -l no-cache -d 'Read every layer of an image anew, and keep nothing of it; else what was read of a layer is kept in tyrian/layers in the user\'s cache folder'
complete -c tyrian -n "__fish_tyrian_using_subcommand matrix" -l strict -d 'Exit with 4 when something could not be read'
complete -c tyrian -n "__fish_tyrian_using_subcommand matrix" -s q -l quiet -d 'No progress on standard error'
complete -c tyrian -n "__fish_tyrian_using_subcommand matrix" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tyrian -n "__fish_tyrian_using_subcommand explain" -l list -d 'List every name'
complete -c tyrian -n "__fish_tyrian_using_subcommand explain" -s h -l help -d 'Print help'
complete -c tyrian -n "__fish_tyrian_using_subcommand fix" -l root -d 'Look at the host below this root instead of the running one' -r -F
complete -c tyrian -n "__fish_tyrian_using_subcommand fix" -l docker-host -d 'The engine\'s socket, `unix:///run/docker.sock`' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand fix" -l platform -d 'Of an image for several platforms, the one for this: `linux/arm64`, `linux/arm/v7`; nothing: this machine\'s, else the first' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand fix" -l db -d 'The database; nothing: tyrian/advisories.db in the user\'s data folder' -r -F
complete -c tyrian -n "__fish_tyrian_using_subcommand fix" -l config -d 'The repository\'s own configuration; nothing: tyrian.toml, looked for upwards' -r -F
complete -c tyrian -n "__fish_tyrian_using_subcommand fix" -l policy -d 'The organisation\'s policy, pinned by its digest' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand fix" -l baseline -d 'Findings that were there before' -r -F
complete -c tyrian -n "__fish_tyrian_using_subcommand fix" -l vex -d 'What somebody says of vulnerabilities, OpenVEX or CycloneDX. May be repeated' -r -F
complete -c tyrian -n "__fish_tyrian_using_subcommand fix" -l check -d 'Only findings of this check. May be repeated' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand fix" -l severity -d 'Only findings of that severity or more' -r -f -a "info\t''
low\t''
medium\t''
high\t''
critical\t''"
complete -c tyrian -n "__fish_tyrian_using_subcommand fix" -s f -l format -d 'The format on standard output' -r -f -a "human\t'Text for a terminal'
json\t'What becomes of each finding, with its patch'
patch\t'A unified diff for `git apply` and `patch -p1`'"
complete -c tyrian -n "__fish_tyrian_using_subcommand fix" -l no-cache -d 'Read every layer of an image anew, and keep nothing of it; else what was read of a layer is kept in tyrian/layers in the user\'s cache folder'
complete -c tyrian -n "__fish_tyrian_using_subcommand fix" -l strict -d 'Exit with 4 when something could not be read'
complete -c tyrian -n "__fish_tyrian_using_subcommand fix" -s q -l quiet -d 'No progress on standard error'
complete -c tyrian -n "__fish_tyrian_using_subcommand fix" -l try -d 'Also what may stop a program that needs what is taken away: to be tried first'
complete -c tyrian -n "__fish_tyrian_using_subcommand fix" -l apply -d 'Change the files, all of them or none'
complete -c tyrian -n "__fish_tyrian_using_subcommand fix" -l undo -d 'Take back the last run that changed something in the target'
complete -c tyrian -n "__fish_tyrian_using_subcommand fix" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tyrian -n "__fish_tyrian_using_subcommand sbom" -l root -d 'Look at the host below this root instead of the running one' -r -F
complete -c tyrian -n "__fish_tyrian_using_subcommand sbom" -l docker-host -d 'The engine\'s socket, `unix:///run/docker.sock`' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand sbom" -l platform -d 'Of an image for several platforms, the one for this: `linux/arm64`, `linux/arm/v7`; nothing: this machine\'s, else the first' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand sbom" -l db -d 'The database; nothing: tyrian/advisories.db in the user\'s data folder' -r -F
complete -c tyrian -n "__fish_tyrian_using_subcommand sbom" -s f -l format -d 'The format' -r -f -a "cyclonedx\t'CycloneDX 1.6, JSON'
spdx\t'SPDX 2.3, JSON'"
complete -c tyrian -n "__fish_tyrian_using_subcommand sbom" -s o -l output -d 'The file; nothing: standard output' -r -F
complete -c tyrian -n "__fish_tyrian_using_subcommand sbom" -l no-cache -d 'Read every layer of an image anew, and keep nothing of it; else what was read of a layer is kept in tyrian/layers in the user\'s cache folder'
complete -c tyrian -n "__fish_tyrian_using_subcommand sbom" -l strict -d 'Exit with 4 when something could not be read'
complete -c tyrian -n "__fish_tyrian_using_subcommand sbom" -s q -l quiet -d 'No progress on standard error'
complete -c tyrian -n "__fish_tyrian_using_subcommand sbom" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tyrian -n "__fish_tyrian_using_subcommand diff" -l root -d 'Look at the host below this root instead of the running one' -r -F
complete -c tyrian -n "__fish_tyrian_using_subcommand diff" -l docker-host -d 'The engine\'s socket, `unix:///run/docker.sock`' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand diff" -l platform -d 'Of an image for several platforms, the one for this: `linux/arm64`, `linux/arm/v7`; nothing: this machine\'s, else the first' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand diff" -l db -d 'The database; nothing: tyrian/advisories.db in the user\'s data folder' -r -F
complete -c tyrian -n "__fish_tyrian_using_subcommand diff" -s f -l format -d 'The format' -r -f -a "human\t'Text for a terminal'
json\t'JSON, by docs/diff.schema.json'"
complete -c tyrian -n "__fish_tyrian_using_subcommand diff" -s o -l output -d 'The file; nothing: standard output' -r -F
complete -c tyrian -n "__fish_tyrian_using_subcommand diff" -l fail-on -d 'Exit with 1 when the second image has a finding of that severity or more that the first has not' -r -f -a "info\t''
low\t''
medium\t''
high\t''
critical\t''"
complete -c tyrian -n "__fish_tyrian_using_subcommand diff" -l no-cache -d 'Read every layer of an image anew, and keep nothing of it; else what was read of a layer is kept in tyrian/layers in the user\'s cache folder'
complete -c tyrian -n "__fish_tyrian_using_subcommand diff" -l strict -d 'Exit with 4 when something could not be read'
complete -c tyrian -n "__fish_tyrian_using_subcommand diff" -s q -l quiet -d 'No progress on standard error'
complete -c tyrian -n "__fish_tyrian_using_subcommand diff" -l all -d 'Every line of every part'
complete -c tyrian -n "__fish_tyrian_using_subcommand diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and not __fish_seen_subcommand_from list run harden show clean help" -s h -l help -d 'Print help'
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and not __fish_seen_subcommand_from list run harden show clean help" -f -a "list" -d 'The techniques: what each tries, what should stop it'
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and not __fish_seen_subcommand_from list run harden show clean help" -f -a "run" -d 'Attack a clone of a workload, and say what stopped each attempt'
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and not __fish_seen_subcommand_from list run harden show clean help" -f -a "harden" -d 'Find the tightest settings with which containers still live, and attack them before and after'
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and not __fish_seen_subcommand_from list run harden show clean help" -f -a "show" -d 'Show a run again'
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and not __fish_seen_subcommand_from list run harden show clean help" -f -a "clean" -d 'Remove what a run left that was ended by force'
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and not __fish_seen_subcommand_from list run harden show clean help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from list" -l layer -d 'Only those of this layer' -r -f -a "build\t''
host\t''
cloud\t''
image\t''
runtime\t''
cluster\t''
network\t''
logging\t''"
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from list" -s f -l format -d 'The format on standard output' -r -f -a "human\t'Text for a terminal'
json\t'Everything, by docs/run.schema.json'"
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from run" -l target -d 'The workload whose clone is attacked. May be repeated' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from run" -l technique -d 'Only this technique. May be repeated' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from run" -l layer -d 'Only techniques of this layer' -r -f -a "build\t''
host\t''
cloud\t''
image\t''
runtime\t''
cluster\t''
network\t''
logging\t''"
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from run" -l scope -d 'The file that allows it: targets, techniques, hours' -r -F
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from run" -l driver -d 'Who makes the clones' -r -f -a "auto\t'The engine where there is one, else runc, else plain namespaces'
docker\t'The Docker engine'
runc\t'The OCI runtime runc'
namespaces\t'Namespaces of our own making'"
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from run" -l root-fs -d 'The root file system of a clone that has no image here: an unpacked directory' -r -F
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from run" -l detector -d 'Where a tool\'s alerts come from: falco, tetragon, auditd or kernel, and a file, pipe or socket. May be repeated' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from run" -l docker-host -d 'The engine\'s socket, `unix:///run/docker.sock`' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from run" -s f -l format -d 'The format on standard output' -r -f -a "human\t'Text for a terminal'
json\t'Everything, by docs/run.schema.json'"
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from run" -l dry-run -d 'Say what would be tried, and start nothing'
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from run" -l attribute -d 'Find what stopped each attempt, by relaxing and keeping one control at a time'
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from run" -l lab -d 'This machine is a lab: everything may be tried here'
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from run" -l all -d 'Every attempt'
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from run" -s q -l quiet -d 'No progress on standard error'
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from harden" -l target -d 'The workload whose clone is attacked. May be repeated' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from harden" -l technique -d 'Only this technique. May be repeated' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from harden" -l layer -d 'Only techniques of this layer' -r -f -a "build\t''
host\t''
cloud\t''
image\t''
runtime\t''
cluster\t''
network\t''
logging\t''"
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from harden" -l scope -d 'The file that allows it: targets, techniques, hours' -r -F
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from harden" -l driver -d 'Who makes the clones' -r -f -a "auto\t'The engine where there is one, else runc, else plain namespaces'
docker\t'The Docker engine'
runc\t'The OCI runtime runc'
namespaces\t'Namespaces of our own making'"
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from harden" -l root-fs -d 'The root file system of a clone that has no image here: an unpacked directory' -r -F
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from harden" -l detector -d 'Where a tool\'s alerts come from: falco, tetragon, auditd or kernel, and a file, pipe or socket. May be repeated' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from harden" -l docker-host -d 'The engine\'s socket, `unix:///run/docker.sock`' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from harden" -s f -l format -d 'The format on standard output' -r -f -a "human\t'Text for a terminal'
json\t'Everything, by docs/run.schema.json'"
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from harden" -l check -d 'A command that ends with 0 when the workload serves as it should; nothing: its own health check, or that it goes on running. Of several targets each has its own, in their order; an empty one is none' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from harden" -l beside -d 'A container of the engine that the workload needs: one like it, with fresh data, runs beside it while it is tried, and is found by the same names. May be repeated' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from harden" -l reload -d 'The signal that makes it read its settings again, HUP; it must serve after it' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from harden" -s o -l output -d 'A directory for the seccomp profile and the patches, made if it is not there: of several targets a directory in it for each. The snapshots before.facts.json and after.facts.json in it hold the targets as they are and as they would be' -r -F
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from harden" -l dry-run -d 'Say what would be tried, and start nothing'
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from harden" -l attribute -d 'Find what stopped each attempt, by relaxing and keeping one control at a time'
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from harden" -l lab -d 'This machine is a lab: everything may be tried here'
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from harden" -l all -d 'Every attempt'
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from harden" -s q -l quiet -d 'No progress on standard error'
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from harden" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from show" -s f -l format -d 'The format on standard output' -r -f -a "human\t'Text for a terminal'
json\t'Everything, by docs/run.schema.json'"
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from show" -l all -d 'Every attempt'
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from clean" -l docker-host -d 'The engine\'s socket, `unix:///run/docker.sock`' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from clean" -s h -l help -d 'Print help'
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from help" -f -a "list" -d 'The techniques: what each tries, what should stop it'
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from help" -f -a "run" -d 'Attack a clone of a workload, and say what stopped each attempt'
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from help" -f -a "harden" -d 'Find the tightest settings with which containers still live, and attack them before and after'
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show a run again'
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from help" -f -a "clean" -d 'Remove what a run left that was ended by force'
complete -c tyrian -n "__fish_tyrian_using_subcommand purple; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tyrian -n "__fish_tyrian_using_subcommand facts; and not __fish_seen_subcommand_from collect show diff help" -s h -l help -d 'Print help'
complete -c tyrian -n "__fish_tyrian_using_subcommand facts; and not __fish_seen_subcommand_from collect show diff help" -f -a "collect" -d 'Read targets and write the snapshot'
complete -c tyrian -n "__fish_tyrian_using_subcommand facts; and not __fish_seen_subcommand_from collect show diff help" -f -a "show" -d 'Print what a snapshot holds'
complete -c tyrian -n "__fish_tyrian_using_subcommand facts; and not __fish_seen_subcommand_from collect show diff help" -f -a "diff" -d 'Say what two snapshots differ in'
complete -c tyrian -n "__fish_tyrian_using_subcommand facts; and not __fish_seen_subcommand_from collect show diff help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tyrian -n "__fish_tyrian_using_subcommand facts; and __fish_seen_subcommand_from collect" -l root -d 'Look at the host below this root instead of the running one' -r -F
complete -c tyrian -n "__fish_tyrian_using_subcommand facts; and __fish_seen_subcommand_from collect" -l docker-host -d 'The engine\'s socket, `unix:///run/docker.sock`' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand facts; and __fish_seen_subcommand_from collect" -l platform -d 'Of an image for several platforms, the one for this: `linux/arm64`, `linux/arm/v7`; nothing: this machine\'s, else the first' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand facts; and __fish_seen_subcommand_from collect" -l db -d 'The database; nothing: tyrian/advisories.db in the user\'s data folder' -r -F
complete -c tyrian -n "__fish_tyrian_using_subcommand facts; and __fish_seen_subcommand_from collect" -s o -l output -d 'The file; nothing: standard output' -r -F
complete -c tyrian -n "__fish_tyrian_using_subcommand facts; and __fish_seen_subcommand_from collect" -l no-cache -d 'Read every layer of an image anew, and keep nothing of it; else what was read of a layer is kept in tyrian/layers in the user\'s cache folder'
complete -c tyrian -n "__fish_tyrian_using_subcommand facts; and __fish_seen_subcommand_from collect" -l strict -d 'Exit with 4 when something could not be read'
complete -c tyrian -n "__fish_tyrian_using_subcommand facts; and __fish_seen_subcommand_from collect" -s q -l quiet -d 'No progress on standard error'
complete -c tyrian -n "__fish_tyrian_using_subcommand facts; and __fish_seen_subcommand_from collect" -s h -l help -d 'Print help'
complete -c tyrian -n "__fish_tyrian_using_subcommand facts; and __fish_seen_subcommand_from show" -l subject -d 'Only the thing whose id contains this' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand facts; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c tyrian -n "__fish_tyrian_using_subcommand facts; and __fish_seen_subcommand_from diff" -s h -l help -d 'Print help'
complete -c tyrian -n "__fish_tyrian_using_subcommand facts; and __fish_seen_subcommand_from help" -f -a "collect" -d 'Read targets and write the snapshot'
complete -c tyrian -n "__fish_tyrian_using_subcommand facts; and __fish_seen_subcommand_from help" -f -a "show" -d 'Print what a snapshot holds'
complete -c tyrian -n "__fish_tyrian_using_subcommand facts; and __fish_seen_subcommand_from help" -f -a "diff" -d 'Say what two snapshots differ in'
complete -c tyrian -n "__fish_tyrian_using_subcommand facts; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tyrian -n "__fish_tyrian_using_subcommand db; and not __fish_seen_subcommand_from import update export status help" -s h -l help -d 'Print help'
complete -c tyrian -n "__fish_tyrian_using_subcommand db; and not __fish_seen_subcommand_from import update export status help" -f -a "import" -d 'Read sources into the database; each takes the place of what it brought before'
complete -c tyrian -n "__fish_tyrian_using_subcommand db; and not __fish_seen_subcommand_from import update export status help" -f -a "update" -d 'Bring the public part up to date over the network: the export of OSV, exploited vulnerabilities, ends of support. What has not changed is not fetched again; proxies are those of the environment'
complete -c tyrian -n "__fish_tyrian_using_subcommand db; and not __fish_seen_subcommand_from import update export status help" -f -a "export" -d 'Write the database to a file, for a machine without a network'
complete -c tyrian -n "__fish_tyrian_using_subcommand db; and not __fish_seen_subcommand_from import update export status help" -f -a "status" -d 'Say of each part where it is from, how old it is, and what it covers'
complete -c tyrian -n "__fish_tyrian_using_subcommand db; and not __fish_seen_subcommand_from import update export status help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tyrian -n "__fish_tyrian_using_subcommand db; and __fish_seen_subcommand_from import" -l layer -d 'Whose data it is; the word of the organisation\'s own stands above the public one' -r -f -a "public\t'Everybody\'s'
own\t'The organisation\'s own'"
complete -c tyrian -n "__fish_tyrian_using_subcommand db; and __fish_seen_subcommand_from import" -l whole -d 'The data covers that ecosystem whole, `Debian:12`: who is not named has nothing known against it. May be repeated' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand db; and __fish_seen_subcommand_from import" -l db -d 'The database; nothing: tyrian/advisories.db in the user\'s data folder' -r -F
complete -c tyrian -n "__fish_tyrian_using_subcommand db; and __fish_seen_subcommand_from import" -s q -l quiet -d 'No progress on standard error'
complete -c tyrian -n "__fish_tyrian_using_subcommand db; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tyrian -n "__fish_tyrian_using_subcommand db; and __fish_seen_subcommand_from update" -l mirror -d 'A mirror of the export instead: its files are ECOSYSTEM/all.zip, kev.json, epss.csv.gz and eol/PRODUCT.json, and FILE.sha256 where there is one has to be right' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand db; and __fish_seen_subcommand_from update" -l ecosystem -d 'Only that ecosystem, `Debian`. May be repeated' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand db; and __fish_seen_subcommand_from update" -l whole -d 'A mirror covers that ecosystem whole, `Debian:12`; the export of OSV covers all of its own. May be repeated' -r
complete -c tyrian -n "__fish_tyrian_using_subcommand db; and __fish_seen_subcommand_from update" -l db -d 'The database; nothing: tyrian/advisories.db in the user\'s data folder' -r -F
complete -c tyrian -n "__fish_tyrian_using_subcommand db; and __fish_seen_subcommand_from update" -s q -l quiet -d 'No progress on standard error'
complete -c tyrian -n "__fish_tyrian_using_subcommand db; and __fish_seen_subcommand_from update" -s h -l help -d 'Print help'
complete -c tyrian -n "__fish_tyrian_using_subcommand db; and __fish_seen_subcommand_from export" -l db -d 'The database; nothing: tyrian/advisories.db in the user\'s data folder' -r -F
complete -c tyrian -n "__fish_tyrian_using_subcommand db; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help'
complete -c tyrian -n "__fish_tyrian_using_subcommand db; and __fish_seen_subcommand_from status" -s f -l format -d 'The format on standard output' -r -f -a "human\t'Text for a terminal'
json\t'JSON'"
complete -c tyrian -n "__fish_tyrian_using_subcommand db; and __fish_seen_subcommand_from status" -l db -d 'The database; nothing: tyrian/advisories.db in the user\'s data folder' -r -F
complete -c tyrian -n "__fish_tyrian_using_subcommand db; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tyrian -n "__fish_tyrian_using_subcommand db; and __fish_seen_subcommand_from help" -f -a "import" -d 'Read sources into the database; each takes the place of what it brought before'
complete -c tyrian -n "__fish_tyrian_using_subcommand db; and __fish_seen_subcommand_from help" -f -a "update" -d 'Bring the public part up to date over the network: the export of OSV, exploited vulnerabilities, ends of support. What has not changed is not fetched again; proxies are those of the environment'
complete -c tyrian -n "__fish_tyrian_using_subcommand db; and __fish_seen_subcommand_from help" -f -a "export" -d 'Write the database to a file, for a machine without a network'
complete -c tyrian -n "__fish_tyrian_using_subcommand db; and __fish_seen_subcommand_from help" -f -a "status" -d 'Say of each part where it is from, how old it is, and what it covers'
complete -c tyrian -n "__fish_tyrian_using_subcommand db; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tyrian -n "__fish_tyrian_using_subcommand help; and not __fish_seen_subcommand_from scan gate baseline matrix explain fix sbom diff purple facts db help" -f -a "scan" -d 'Look at targets and report what is wrong'
complete -c tyrian -n "__fish_tyrian_using_subcommand help; and not __fish_seen_subcommand_from scan gate baseline matrix explain fix sbom diff purple facts db help" -f -a "gate" -d 'Decide: may this go on? Exit 1 when it may not, or when it cannot be told'
complete -c tyrian -n "__fish_tyrian_using_subcommand help; and not __fish_seen_subcommand_from scan gate baseline matrix explain fix sbom diff purple facts db help" -f -a "baseline" -d 'Write down what is there today, so that the gate looks at what is new'
complete -c tyrian -n "__fish_tyrian_using_subcommand help; and not __fish_seen_subcommand_from scan gate baseline matrix explain fix sbom diff purple facts db help" -f -a "matrix" -d 'Threat × control: what is absent, claimed, observed, and what attacks have proved or broken'
complete -c tyrian -n "__fish_tyrian_using_subcommand help; and not __fish_seen_subcommand_from scan gate baseline matrix explain fix sbom diff purple facts db help" -f -a "explain" -d 'What a check, a control, a threat, an id or a word of a report means'
complete -c tyrian -n "__fish_tyrian_using_subcommand help; and not __fish_seen_subcommand_from scan gate baseline matrix explain fix sbom diff purple facts db help" -f -a "fix" -d 'Mend what can be mended: patches are shown first, and applied on request'
complete -c tyrian -n "__fish_tyrian_using_subcommand help; and not __fish_seen_subcommand_from scan gate baseline matrix explain fix sbom diff purple facts db help" -f -a "sbom" -d 'A bill of materials: every package that is in an image or a directory, or that a tree\'s lock files name'
complete -c tyrian -n "__fish_tyrian_using_subcommand help; and not __fish_seen_subcommand_from scan gate baseline matrix explain fix sbom diff purple facts db help" -f -a "diff" -d 'What two images differ in: packages, files that give rights, sizes, configuration, findings'
complete -c tyrian -n "__fish_tyrian_using_subcommand help; and not __fish_seen_subcommand_from scan gate baseline matrix explain fix sbom diff purple facts db help" -f -a "purple" -d 'Attack a clone, name the control that stopped it, mend, attack again'
complete -c tyrian -n "__fish_tyrian_using_subcommand help; and not __fish_seen_subcommand_from scan gate baseline matrix explain fix sbom diff purple facts db help" -f -a "facts" -d 'Snapshots: everything that was read, as one JSON file'
complete -c tyrian -n "__fish_tyrian_using_subcommand help; and not __fish_seen_subcommand_from scan gate baseline matrix explain fix sbom diff purple facts db help" -f -a "db" -d 'Advisory data: what is known of vulnerable packages, as one file'
complete -c tyrian -n "__fish_tyrian_using_subcommand help; and not __fish_seen_subcommand_from scan gate baseline matrix explain fix sbom diff purple facts db help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tyrian -n "__fish_tyrian_using_subcommand help; and __fish_seen_subcommand_from purple" -f -a "list" -d 'The techniques: what each tries, what should stop it'
complete -c tyrian -n "__fish_tyrian_using_subcommand help; and __fish_seen_subcommand_from purple" -f -a "run" -d 'Attack a clone of a workload, and say what stopped each attempt'
complete -c tyrian -n "__fish_tyrian_using_subcommand help; and __fish_seen_subcommand_from purple" -f -a "harden" -d 'Find the tightest settings with which containers still live, and attack them before and after'
complete -c tyrian -n "__fish_tyrian_using_subcommand help; and __fish_seen_subcommand_from purple" -f -a "show" -d 'Show a run again'
complete -c tyrian -n "__fish_tyrian_using_subcommand help; and __fish_seen_subcommand_from purple" -f -a "clean" -d 'Remove what a run left that was ended by force'
complete -c tyrian -n "__fish_tyrian_using_subcommand help; and __fish_seen_subcommand_from facts" -f -a "collect" -d 'Read targets and write the snapshot'
complete -c tyrian -n "__fish_tyrian_using_subcommand help; and __fish_seen_subcommand_from facts" -f -a "show" -d 'Print what a snapshot holds'
complete -c tyrian -n "__fish_tyrian_using_subcommand help; and __fish_seen_subcommand_from facts" -f -a "diff" -d 'Say what two snapshots differ in'
complete -c tyrian -n "__fish_tyrian_using_subcommand help; and __fish_seen_subcommand_from db" -f -a "import" -d 'Read sources into the database; each takes the place of what it brought before'
complete -c tyrian -n "__fish_tyrian_using_subcommand help; and __fish_seen_subcommand_from db" -f -a "update" -d 'Bring the public part up to date over the network: the export of OSV, exploited vulnerabilities, ends of support. What has not changed is not fetched again; proxies are those of the environment'
complete -c tyrian -n "__fish_tyrian_using_subcommand help; and __fish_seen_subcommand_from db" -f -a "export" -d 'Write the database to a file, for a machine without a network'
complete -c tyrian -n "__fish_tyrian_using_subcommand help; and __fish_seen_subcommand_from db" -f -a "status" -d 'Say of each part where it is from, how old it is, and what it covers'
