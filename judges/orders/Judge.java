import java.io.BufferedReader;
import java.io.InputStreamReader;
import org.apache.maven.artifact.versioning.ComparableVersion;
import org.apache.maven.artifact.versioning.DefaultArtifactVersion;
import org.apache.maven.artifact.versioning.InvalidVersionSpecificationException;
import org.apache.maven.artifact.versioning.VersionRange;

/** Maven's own ComparableVersion and VersionRange. */
public class Judge {
    public static void main(String[] arguments) throws Exception {
        boolean ranges = arguments[0].endsWith("-ranges");
        System.out.println("maven-artifact " + arguments[1]);
        StringBuilder answers = new StringBuilder();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            int tab = line.indexOf('\t');
            String a = line.substring(0, tab), b = line.substring(tab + 1);
            if (ranges) {
                try {
                    VersionRange range = VersionRange.createFromVersionSpec(a);
                    answers.append(range.containsVersion(new DefaultArtifactVersion(b)) ? 'y' : 'n');
                } catch (InvalidVersionSpecificationException wrong) {
                    answers.append('!');
                }
            } else {
                int order = new ComparableVersion(a).compareTo(new ComparableVersion(b));
                answers.append(order < 0 ? '<' : order > 0 ? '>' : '=');
            }
        }
        System.out.println(answers);
    }
}
