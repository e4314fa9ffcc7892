//! Ruby gems that are installed: the specification that RubyGems writes of each, in Ruby, in a form of its own.

use super::File;
use tyrian_model::fact::Gap;
use tyrian_model::packages::{Kind, Package};

/// Is it the folder where RubyGems keeps the specifications of what is installed?
pub(super) fn is_installed(folder: &str) -> bool {
    let folder = folder.strip_suffix("/default").unwrap_or(folder);
    folder.rsplit('/').next() == Some("specifications")
}

/// The gem.
pub(super) fn read(file: &File<'_>) -> Result<Vec<Package>, Gap> {
    let text = String::from_utf8_lossy(file.bytes);
    let value = |name: &str| {
        text.lines().find_map(|line| {
            let rest = line.trim().strip_prefix("s.")?.strip_prefix(name)?;
            rest.trim_start().strip_prefix('=').map(str::trim)
        })
    };
    let name = value("name").and_then(literal);
    let version = value("version").and_then(literal);
    let name = name.ok_or_else(|| file.malformed("", "it names no gem"))?;
    let mut package = Package::new(Kind::Gem, name, version.map(str::to_owned), file.path);
    let licences = value("licenses").and_then(|list| list.strip_prefix('[')?.split(']').next());
    package.licence = licences
        .map(|list| list.split(',').filter_map(|one| literal(one.trim())).collect::<Vec<_>>().join(" OR "))
        .filter(|text| !text.is_empty());
    Ok(vec![package])
}

/// The text of a literal, `"a".freeze` or `Gem::Version.new("1.0")`.
fn literal(value: &str) -> Option<&str> {
    let quote = value.find(['"', '\''])?;
    let rest = &value[quote..];
    let end = rest[1..].find(rest.chars().next()?)?;
    Some(&rest[1..=end]).filter(|text| !text.is_empty() && !text.contains('#'))
}

#[cfg(test)]
mod tests {
    use super::super::tests::file;
    use super::*;

    #[test]
    fn a_specification_is_read() {
        let text = "# stub: rake 13.0.6 ruby lib\nGem::Specification.new do |s|\n  s.name = \"rake\".freeze\n  \
                    s.version = \"13.0.6\"\n  s.licenses = [\"MIT\".freeze, 'Ruby']\nend\n";
        let packages = read(&file("/g/specifications/rake.gemspec", text)).unwrap();
        assert_eq!(packages[0].label(), "rake 13.0.6");
        assert_eq!(packages[0].licence.as_deref(), Some("MIT OR Ruby"));
        let name = "s.name = \"#{x}\"\ns.version = Gem::Version.new(\"1\")\n";
        assert!(read(&file("/x", name)).is_err());
    }
}
