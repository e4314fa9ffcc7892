//! Users and groups as Docker writes them: `user`, `user:group`, each by name or by number.

use tyrian_model::workload::User;

/// The user of `user[:group]`; `unset` where none is named. Root by its name is root by its number.
pub(crate) fn user(text: &str, unset: User) -> User {
    match text.split(':').next().unwrap_or_default() {
        "" => unset,
        "root" => User::Id(0),
        name => name.parse().map_or_else(|_| User::Name(name.to_owned()), User::Id),
    }
}

/// The group of `user[:group]`, by number where it is one; nothing where none is named.
pub(crate) fn group(text: &str) -> Option<String> {
    text.split_once(':').map(|(_, group)| plain(group)).filter(|group| !group.is_empty())
}

/// One group for one group: `00` and `root` are 0.
pub(crate) fn plain(group: &str) -> String {
    match group.trim() {
        "root" => "0".to_owned(),
        other => other.parse::<u32>().map_or_else(|_| other.to_owned(), |id| id.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_is_root_however_it_is_written() {
        for text in ["root", "0", "00", "+0", "0:0", "root:shop", "0:"] {
            assert_eq!(user(text, User::Unset), User::Id(0), "{text}");
        }
        assert_eq!(user("", User::Unset), User::Unset);
        assert_eq!(user(":7", User::Id(0)), User::Id(0));
        assert_eq!(user("rooty", User::Unset), User::Name("rooty".into()));
        assert_eq!(user("-1", User::Unset), User::Name("-1".into()));
    }

    #[test]
    fn groups_stand_behind_the_colon() {
        assert_eq!(group("7:root").as_deref(), Some("0"));
        assert_eq!(group("web:0012").as_deref(), Some("12"));
        assert_eq!(group("web:docker").as_deref(), Some("docker"));
        assert_eq!((group("web"), group("web:")), (None, None));
    }
}
