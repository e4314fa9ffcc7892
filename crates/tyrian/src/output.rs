//! Where reports go: standard output in one format, files in as many as are asked for.

use crate::cli::{Format, Outputs};
use crate::{Failure, exit};
use clap::ValueEnum;
use std::borrow::Cow;
use std::io::Write;
use std::path::{Path, PathBuf};
use tyrian_report::{
    Report, csv, gitlab_codequality, gitlab_sast, html, human, json, junit, markdown, navigator, oscal,
    sarif, svg, vex, warnings_ng,
};

/// A file and its format.
pub(crate) struct Output {
    format: Format,
    file: PathBuf,
}

/// The files that were asked for.
///
/// # Errors
/// A file whose ending says no format.
pub(crate) fn files(outputs: &Outputs) -> Result<Vec<Output>, Failure> {
    let parse = |text: &String| {
        if let Some((format, file)) = text.split_once(':')
            && let Ok(format) = Format::from_str(format, true)
        {
            return Ok(Output { format, file: file.into() });
        }
        let file = PathBuf::from(text);
        let format = match file.extension().and_then(|ending| ending.to_str()) {
            Some("sarif") => Format::Sarif,
            Some("json") if text.ends_with(".sarif.json") => Format::Sarif,
            Some("json") if text.ends_with(".openvex.json") => Format::Openvex,
            Some("json") => Format::Json,
            Some("html") => Format::Html,
            Some("md") => Format::Markdown,
            Some("xml") if text.ends_with(".junit.xml") => Format::Junit,
            Some("csv") => Format::Csv,
            Some("svg") => Format::Svg,
            Some("txt") => Format::Human,
            _ => {
                let what = format!(
                    "{text}: which format? Write FORMAT:FILE, or end it in .json, .sarif, .html, .md, .csv, .svg, .txt or .junit.xml"
                );
                return Err(Failure::new(exit::USAGE, what));
            }
        };
        Ok(Output { format, file })
    };
    outputs.output.iter().map(parse).collect()
}

/// Does one of the formats show the patch of each finding?
pub(crate) fn shows_patches(outputs: &Outputs, files: &[Output]) -> bool {
    let mut formats = files.iter().map(|file| file.format).chain([outputs.format]);
    formats.any(|format| matches!(format, Format::Json | Format::Sarif))
}

/// Writes a report everywhere.
///
/// # Errors
/// A file that cannot be written.
pub(crate) fn write(report: &Report, outputs: &Outputs, files: &[Output], all: bool) -> Result<(), Failure> {
    write_files(report, files)?;
    print(&render(report, outputs.format, all, terminal_columns())?);
    Ok(())
}

/// Writes a report to the files that were asked for, every finding with its place.
///
/// # Errors
/// A file that cannot be written.
pub(crate) fn write_files(report: &Report, files: &[Output]) -> Result<(), Failure> {
    write_each(files, |format| render(report, format, true, 100))
}

/// Writes each file in its format.
///
/// # Errors
/// A file that cannot be written or rendered.
pub(crate) fn write_each(
    files: &[Output],
    render: impl Fn(Format) -> Result<String, Failure>,
) -> Result<(), Failure> {
    files.iter().try_for_each(|Output { format, file }| save(file, render(*format)?.as_bytes()))
}

fn render(report: &Report, format: Format, all: bool, columns: usize) -> Result<String, Failure> {
    let internal = |error: serde_json::Error| Failure::new(exit::INTERNAL, error.to_string());
    match format {
        Format::Human => Ok(human::render(report, &human::Look { columns, all })),
        Format::Json => json::render(report).map_err(internal),
        Format::Html => Ok(html::render(report)),
        Format::Sarif => sarif::render(report).map_err(internal),
        Format::Markdown => Ok(markdown::render(report)),
        Format::Junit => Ok(junit::render(report)),
        Format::GitlabSast => gitlab_sast::render(report).map_err(internal),
        Format::GitlabCodequality => gitlab_codequality::render(report).map_err(internal),
        Format::WarningsNg => warnings_ng::render(report).map_err(internal),
        Format::Csv => Ok(csv::render(report)),
        Format::Openvex => vex::openvex(report).map_err(internal),
        Format::CyclonedxVex => vex::cyclonedx(report).map_err(internal),
        Format::Svg => Ok(svg::render(&report.matrix)),
        Format::Navigator => navigator::render(report).map_err(internal),
        Format::Oscal => oscal::render(report).map_err(internal),
        Format::Nist => {
            let what = "tyrian matrix is shown in this format; tyrian scan has --benchmark nist-800-190";
            Err(Failure::new(exit::USAGE, what))
        }
    }
}

/// Writes a whole file beside its place and moves it there, so that nobody sees half of it. A device, a pipe or a
/// link (`/dev/null`, `/dev/stdout`) is written to and stays what it is.
pub(crate) fn save(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failure = |error| Failure::new(exit::USAGE, format!("{} cannot be written: {error}", file.display()));
    // Most reports have no colours, and a large one is not copied to find that out.
    let bytes = match bytes.contains(&0x1b) {
        true => Cow::from(anstream::adapter::strip_bytes(bytes).into_vec()),
        false => Cow::from(bytes),
    };
    if std::fs::symlink_metadata(file).is_ok_and(|there| !there.is_file()) {
        return std::fs::write(file, bytes).map_err(failure);
    }
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let beside = file.with_file_name(name);
    std::fs::write(&beside, bytes).map_err(failure)?;
    std::fs::rename(&beside, file).map_err(failure)
}

/// Prints to standard output; a reader that went away is no failure.
pub(crate) fn print(text: &str) {
    let _ = anstream::stdout().write_all(text.as_bytes());
}

/// The same for what goes on and on: says whether there is still a reader.
pub(crate) fn print_or_end(text: &str) -> bool {
    let mut out = anstream::stdout();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_ok()
}

/// Columns of the terminal; 80 where there is none, or what COLUMNS says.
pub(crate) fn terminal_columns() -> usize {
    known_columns().unwrap_or(80)
}

/// The same; nothing where there is no terminal, and programs read whole lines.
pub(crate) fn known_columns() -> Option<usize> {
    let said = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    let columns = said.or_else(|| terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)));
    columns.map(|columns: usize| columns.clamp(40, 240))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(text: &str) -> Option<Format> {
        let outputs = Outputs { format: Format::Human, output: vec![text.to_owned()] };
        files(&outputs).ok().map(|files| files[0].format)
    }

    #[test]
    fn what_is_no_ordinary_file_stays_what_it_is() {
        let dir = std::env::temp_dir().join(format!("tyrian-output-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let (file, link) = (dir.join("a"), dir.join("link"));
        save(&file, b"one").ok().unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        save(&link, b"\x1b[1mtwo\x1b[0m").ok().unwrap();
        let written = std::fs::read(&file).unwrap();
        let still = std::fs::symlink_metadata(&link).unwrap().is_symlink();
        let pipe = dir.join("pipe");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::from_raw_mode(0o600),
            0,
        )
        .unwrap();
        let (there, read) = (
            pipe.clone(),
            std::thread::spawn({
                let pipe = pipe.clone();
                move || std::fs::read(pipe).unwrap()
            }),
        );
        save(&there, b"three").ok().unwrap();
        let read = read.join().unwrap();
        std::fs::remove_dir_all(&dir).unwrap();
        assert_eq!((written.as_slice(), still, read.as_slice()), (&b"two"[..], true, &b"three"[..]));
    }

    #[test]
    fn the_ending_says_the_format() {
        assert_eq!(format("a.html"), Some(Format::Html));
        assert_eq!(format("a.sarif"), Some(Format::Sarif));
        assert_eq!(format("a.sarif.json"), Some(Format::Sarif));
        assert_eq!(format("a.json"), Some(Format::Json));
        assert_eq!(format("a.txt"), Some(Format::Human));
        assert_eq!(format("a.md"), Some(Format::Markdown));
        assert_eq!(format("a.csv"), Some(Format::Csv));
        assert_eq!(format("a.junit.xml"), Some(Format::Junit));
        assert_eq!(format("a.xml"), None);
        assert_eq!(format("html:page"), Some(Format::Html));
        assert_eq!(format("gitlab-sast:gl-sast-report.json"), Some(Format::GitlabSast));
        assert_eq!(format("gitlab-codequality:a.json"), Some(Format::GitlabCodequality));
        assert_eq!(format("warnings-ng:a.json"), Some(Format::WarningsNg));
        assert_eq!(format("navigator:layer.json"), Some(Format::Navigator));
        assert_eq!(format("oscal:a.json"), Some(Format::Oscal));
        assert_eq!(format("nist:a.txt"), Some(Format::Nist));
        assert_eq!(format("page"), None);
    }
}
