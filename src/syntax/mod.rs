pub struct Syntax<'t> {
    pub text: &'t str,
}
