//! Tar archives, as far as a snapshot of a repository needs them: ordinary files with their names.

/// Gives each ordinary file with its name and bytes.
///
/// # Errors
/// The archive is cut or no tar; or `take` does not take one.
pub(super) fn each(
    bytes: &[u8],
    mut take: impl FnMut(&str, &[u8]) -> Result<(), String>,
) -> Result<(), String> {
    let broken = |what: &str| format!("broken tar: {what}");
    let (mut at, mut long) = (0_usize, None::<String>);
    loop {
        let head = bytes.get(at..at + 512).ok_or_else(|| broken("cut"))?;
        if head.iter().all(|byte| *byte == 0) {
            return Ok(());
        }
        let sum = octal(&head[148..156]).ok_or_else(|| broken("a header without sum"))?;
        let blank = 8 * u64::from(b' ');
        let real = head.iter().map(|byte| u64::from(*byte)).sum::<u64>()
            - head[148..156].iter().map(|byte| u64::from(*byte)).sum::<u64>()
            + blank;
        if sum != real {
            return Err(broken("a header that is damaged"));
        }
        let size = octal(&head[124..136]).and_then(|size| usize::try_from(size).ok());
        let size = size.ok_or_else(|| broken("a size that is none"))?;
        let start = at + 512;
        let content =
            start.checked_add(size).and_then(|end| bytes.get(start..end)).ok_or_else(|| broken("cut"))?;
        at = start + size.div_ceil(512) * 512;
        match head[156] {
            b'L' => long = Some(text(content)),
            b'x' => long = path(content).or(long),
            b'0' | 0 => {
                let prefix = if &head[257..262] == b"ustar" { text(&head[345..500]) } else { String::new() };
                let short = text(&head[..100]);
                let name = long.take().unwrap_or(match prefix.as_str() {
                    "" => short,
                    prefix => format!("{prefix}/{short}"),
                });
                take(&name, content)?;
            }
            b'g' => {}
            _ => long = None,
        }
    }
}

/// A text up to its first zero.
fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

fn octal(bytes: &[u8]) -> Option<u64> {
    let text = text(bytes);
    let digits = text.trim();
    if digits.is_empty() { Some(0) } else { u64::from_str_radix(digits, 8).ok() }
}

/// The path of a PAX header: lines of `LENGTH path=VALUE`.
fn path(content: &[u8]) -> Option<String> {
    text(content).lines().find_map(|line| {
        let (_, field) = line.split_once(' ')?;
        field.strip_prefix("path=").map(str::to_owned)
    })
}
