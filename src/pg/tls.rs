//! TLS by rustls, with libpq's meaning of `sslmode`
//! (<https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION>).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme, SupportedProtocolVersion,
};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::settings::{Settings, SslMode};
use super::{Environment, PgError};

/// The TLS side of these settings.
pub fn connector(settings: &Settings, environment: &Environment) -> Result<MakeRustlsConnect, PgError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&versions(settings))
        .map_err(|failure| tls("no usable protocol version", &failure))?
        .dangerous()
        .with_custom_certificate_verifier(verifier(settings, environment, &provider)?);
    let own =
        |name: &str| environment.home.as_ref().map(|home| home.join(".postgresql").join(name)).filter(|p| p.is_file());
    let certificate = settings.parameter("sslcert").map(PathBuf::from).or_else(|| own("postgresql.crt"));
    let use_certificate = settings.parameter("sslcertmode") != Some("disable");
    let mut config = match certificate.filter(|_| use_certificate) {
        Some(path) => {
            let key = settings.parameter("sslkey").map(PathBuf::from).or_else(|| own("postgresql.key"));
            let key = key.ok_or_else(|| PgError::Tls { problem: "sslcert is given without sslkey".into() })?;
            refuse_open_key(&key)?;
            let chain = CertificateDer::pem_file_iter(&path)
                .and_then(Iterator::collect::<Result<Vec<_>, _>>)
                .map_err(|failure| tls(&format!("cannot read the client certificate {}", path.display()), &failure))?;
            let key = PrivateKeyDer::from_pem_file(&key)
                .map_err(|failure| tls(&format!("cannot read the client key {}", key.display()), &failure))?;
            builder
                .with_client_auth_cert(chain, key)
                .map_err(|failure| tls("the client certificate is not usable", &failure))?
        }
        None => builder.with_no_client_auth(),
    };
    if settings.parameter("sslnegotiation") == Some("direct") {
        config.alpn_protocols = vec![b"postgresql".to_vec()];
    }
    Ok(MakeRustlsConnect::new(config))
}

/// TLS 1.2 and 1.3, as far as both ends of the range allow them.
fn versions(settings: &Settings) -> Vec<&'static SupportedProtocolVersion> {
    let mut versions = Vec::new();
    if settings.parameter("ssl_min_protocol_version") != Some("TLSv1.3") {
        versions.push(&rustls::version::TLS12);
    }
    if settings.parameter("ssl_max_protocol_version") != Some("TLSv1.2") {
        versions.push(&rustls::version::TLS13);
    }
    versions
}

/// The root to verify by: the one given, else the one in the home folder.
pub fn root(settings: &Settings, environment: &Environment) -> Option<PathBuf> {
    let own = environment.home.as_ref().map(|home| home.join(".postgresql/root.crt")).filter(|path| path.is_file());
    settings.parameter("sslrootcert").map(PathBuf::from).or(own)
}

/// As libpq: a key that others can read is not used, except root's own that its group may read.
#[cfg(unix)]
fn refuse_open_key(path: &Path) -> Result<(), PgError> {
    use std::os::unix::fs::MetadataExt as _;
    let allowed = |found: std::fs::Metadata| found.mode() & if found.uid() == 0 { 0o037 } else { 0o077 } == 0;
    match std::fs::metadata(path).map(allowed) {
        Ok(false) => Err(PgError::Tls {
            problem: format!("the client key {} is readable by others; chmod 0600 it", path.display()),
        }),
        // One that is not there is told by what reads it.
        _ => Ok(()),
    }
}

#[cfg(not(unix))]
fn refuse_open_key(_: &Path) -> Result<(), PgError> {
    Ok(())
}

fn tls(what: &str, failure: &dyn std::error::Error) -> PgError {
    PgError::Tls { problem: format!("{what}: {failure}") }
}

fn verifier(
    settings: &Settings,
    environment: &Environment,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, PgError> {
    let root = root(settings, environment);
    let wanted = match (settings.ssl_mode, &root) {
        (mode @ (SslMode::VerifyCa | SslMode::VerifyFull), _) => mode,
        // With a root certificate at hand, libpq's require behaves as verify-ca.
        (SslMode::Require, Some(_)) => SslMode::VerifyCa,
        _ => return Ok(Arc::new(Unverified(Arc::clone(provider)))),
    };
    let root = root.ok_or_else(|| PgError::Tls {
        problem: format!("sslmode={} needs sslrootcert (a file, or \"system\")", wanted.name()),
    })?;
    let mut roots = RootCertStore::empty();
    if root.as_os_str() == "system" {
        for certificate in rustls_native_certs::load_native_certs().certs {
            roots.add(certificate).map_err(|failure| tls("a certificate of the system's store", &failure))?;
        }
    } else {
        let certificates = CertificateDer::pem_file_iter(&root)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|failure| tls(&format!("cannot read sslrootcert {}", root.display()), &failure))?;
        for certificate in certificates {
            roots.add(certificate).map_err(|failure| tls("sslrootcert", &failure))?;
        }
    }
    let mut builder = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
    if let Some(path) = settings.parameter("sslcrl") {
        let lists = CertificateRevocationListDer::pem_file_iter(path)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|failure| tls(&format!("cannot read sslcrl {path}"), &failure))?;
        builder = builder.with_crls(lists);
    }
    let full = builder.build().map_err(|failure| tls("sslrootcert holds no usable certificate", &failure))?;
    Ok(if wanted == SslMode::VerifyFull { full } else { Arc::new(AnyName(full)) })
}

/// `verify-ca`: the chain is verified, the name is not.
#[derive(Debug)]
struct AnyName(Arc<WebPkiServerVerifier>);

impl ServerCertVerifier for AnyName {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        use rustls::Error::InvalidCertificate;
        match self.0.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            Err(InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

/// `require` without a root certificate: encrypted, but to whom is not proven. Refused by `apply`.
#[derive(Debug)]
struct Unverified(Arc<CryptoProvider>);

impl ServerCertVerifier for Unverified {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
