// What the admission plugin of Kubernetes says about the pods on standard input, one document of YAML each.
//
// One line a pod: for each version the controls that it does not meet, as bits in the order of their sorted names, and
// after a slash whether baseline (1) and restricted (2) admit it, all in hexadecimal.
package main

import (
	"bytes"
	"fmt"
	"os"
	"sort"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	"sigs.k8s.io/yaml"
)

func main() {
	var text bytes.Buffer
	if _, err := text.ReadFrom(os.Stdin); err != nil {
		panic(err)
	}
	checks := policy.DefaultChecks()
	sort.Slice(checks, func(a, b int) bool { return checks[a].ID < checks[b].ID })
	evaluator, err := policy.NewEvaluator(checks, nil)
	if err != nil {
		panic(err)
	}
	for _, document := range bytes.Split(text.Bytes(), []byte("---\n"))[1:] {
		var pod corev1.Pod
		if err := yaml.Unmarshal(document, &pod); err != nil {
			panic(err)
		}
		// As the API server has it by the time of admission: a volume without a type is an empty directory.
		for n := range pod.Spec.Volumes {
			if pod.Spec.Volumes[n].VolumeSource == (corev1.VolumeSource{}) {
				pod.Spec.Volumes[n].EmptyDir = &corev1.EmptyDirVolumeSource{}
			}
		}
		for n, argument := range os.Args[1:] {
			minor, err := strconv.Atoi(argument)
			if err != nil {
				panic(err)
			}
			version := api.MajorMinorVersion(1, minor)
			missed := 0
			for bit, check := range checks {
				var judge policy.CheckPodFn
				for _, versioned := range check.Versions {
					if since := versioned.MinimumVersion; !version.Older(since) {
						judge = versioned.CheckPod
					}
				}
				if judge != nil && !judge(&pod.ObjectMeta, &pod.Spec).Allowed {
					missed |= 1 << bit
				}
			}
			admitted := 0
			for bit, level := range []api.Level{api.LevelBaseline, api.LevelRestricted} {
				lv := api.LevelVersion{Level: level, Version: version}
				if policy.AggregateCheckResults(evaluator.EvaluatePod(lv, &pod.ObjectMeta, &pod.Spec)).Allowed {
					admitted |= 1 << bit
				}
			}
			if n > 0 {
				fmt.Print(" ")
			}
			fmt.Printf("%x/%x", missed, admitted)
		}
		fmt.Println()
	}
}
