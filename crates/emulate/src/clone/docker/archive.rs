//! A tar archive, as an engine takes files: no more than directories, files and their modes, all of root.

/// An archive that is being written.
#[derive(Debug, Default)]
pub(super) struct Archive(Vec<u8>);

impl Archive {
    pub(super) fn directory(&mut self, name: &str, mode: u32) {
        self.entry(&format!("{name}/"), mode, b'5', &[]);
    }
    pub(super) fn file(&mut self, name: &str, mode: u32, content: &[u8]) {
        self.entry(name, mode, b'0', content);
    }
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.0.resize(self.0.len() + 1024, 0);
        self.0
    }

    /// Names are ours, and shorter than the hundred bytes that the format has for them.
    fn entry(&mut self, name: &str, mode: u32, kind: u8, content: &[u8]) {
        let mut head = [0u8; 512];
        let mut put = |at: usize, bytes: &[u8]| {
            if let Some(field) = head.get_mut(at..at + bytes.len()) {
                field.copy_from_slice(bytes);
            }
        };
        put(0, name.as_bytes().get(..name.len().min(99)).unwrap_or_default());
        put(100, format!("{mode:07o}\0").as_bytes());
        put(108, b"0000000\0");
        put(116, b"0000000\0");
        put(124, format!("{:011o}\0", content.len()).as_bytes());
        put(136, b"00000000000\0");
        put(148, b"        ");
        put(156, &[kind]);
        put(257, b"ustar\x0000");
        let sum: u32 = head.iter().map(|byte| u32::from(*byte)).sum();
        if let Some(field) = head.get_mut(148..156) {
            field.copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        }
        self.0.extend(head);
        self.0.extend(content);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::process::{Command, Stdio};

    #[test]
    fn tar_reads_it() {
        let mut archive = Archive::default();
        archive.directory("d", 0o777);
        archive.file("d/canary", 0o644, b"word");
        archive.file("setuid", 0o4755, &[7; 1000]);
        let mut tar = Command::new("tar")
            .args(["-tvf", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        tar.stdin.take().unwrap().write_all(&archive.finish()).unwrap();
        let output = tar.wait_with_output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let lines: Vec<String> =
            text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        assert!(output.status.success(), "{text}");
        assert!(lines[0].starts_with("drwxrwxrwx 0/0 0 ") && lines[0].ends_with(" d/"), "{text}");
        assert!(lines[1].starts_with("-rw-r--r-- 0/0 4 ") && lines[1].ends_with(" d/canary"), "{text}");
        assert!(lines[2].starts_with("-rwsr-xr-x 0/0 1000 ") && lines[2].ends_with(" setuid"), "{text}");
    }
}
