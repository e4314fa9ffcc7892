use crate::call::{create, exists, part, primitive, reach, revert, unlink, write};
use crate::program::Step;
use crate::technique::{Condition, Place, Variant, variant};
use crate::ways::honest_write;

technique! {
    /// A page is put into the web server's directory that runs what its visitor asks for.
    ///
    /// ## What it tries
    ///
    /// To make a page in the directories that web servers serve, which holds a comment with the mark and no code, and
    /// to remove it.
    ///
    /// ## Why it matters
    ///
    /// It is the commonest way to come back, through the port that is open anyway.
    ///
    /// ## What stops it
    ///
    /// A read-only root file system. Of a directory that is a mount of its own it says nothing.
    "web-shell",
    threats: &["backdoor"],
    controls: &["read-only-root"],
    ids: &["attack:T1505.003"],
}

fn variants(place: &Place) -> Vec<Variant> {
    let comment = format!("<!-- {} -->\n", place.mark);
    let page = |name, directory: &str, ending: &str, reason| {
        let path = format!("{directory}/{}.{ending}", place.mark);
        let steps = vec![
            part(exists(directory)),
            reach(create(&path, libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL, 0o644)).named("page"),
            primitive(write("page", comment.as_bytes())),
            revert(unlink(&path)),
        ];
        variant(name, steps).missing_file(reason).on(Condition::InRoot(path))
    };
    vec![
        page("www", "/var/www/html", "php", "the image has no /var/www/html"),
        page("nginx", "/usr/share/nginx/html", "php", "the image has no /usr/share/nginx/html"),
        page("apache", "/usr/local/apache2/htdocs", "php", "the image has no /usr/local/apache2/htdocs"),
        page("tomcat", "/usr/local/tomcat/webapps", "jsp", "the image has no /usr/local/tomcat/webapps"),
    ]
}

fn harmless(place: &Place) -> Vec<Step> {
    honest_write(place)
}
