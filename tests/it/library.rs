//! certproof as a dev-dependency of somebody else: the example is run as it stands.
