#include "runtime/tls/dev_certificates.h"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "runtime/tls/openssl_ptr.h"
#include "runtime/tls/tls_context.h"

namespace tocsin::runtime {
namespace {

namespace fs = std::filesystem;

constexpr long day_s = 24 * 3600;
constexpr int ca_days = 3650;
constexpr int server_days = 730;
// Devices' clocks may be behind.
constexpr int backdated_days = 1;
// A certificate file is a few KB; no chain is longer than this.
constexpr size_t file_bytes_max = 256 * 1024;
constexpr mode_t private_mode = 0600;
constexpr mode_t public_mode = 0644;

// -- Files ---------------------------------------------------------------------------------------

absl::Status file_error(const char* what, const std::string& file, int error) {
  const std::string text = fmt::format("cannot {} {}: {}", what, file, std::strerror(error));
  return error == ENOENT ? absl::NotFoundError(text) : absl::UnavailableError(text);
}

absl::StatusOr<std::string> read_file(const std::string& file) {
  const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return file_error("read", file, errno);
  std::string text;
  std::array<char, 4096> chunk;
  ssize_t got = 0;
  while ((got = read(fd, chunk.data(), chunk.size())) > 0 && text.size() <= file_bytes_max) {
    text.append(chunk.data(), static_cast<size_t>(got));
  }
  const int error = errno;
  close(fd);
  if (got < 0) return file_error("read", file, error);
  if (text.size() > file_bytes_max) return file_error("read", file, EFBIG);
  return text;
}

absl::Status write_and_sync(int fd, const std::string& file, const std::string& text) {
  size_t written = 0;
  while (written < text.size()) {
    const ssize_t now = write(fd, text.data() + written, text.size() - written);
    if (now < 0 && errno == EINTR) continue;
    if (now < 0) return file_error("write", file, errno);
    written += static_cast<size_t>(now);
  }
  return fsync(fd) == 0 ? absl::OkStatus() : file_error("write", file, errno);
}

// Written beside its place, then renamed: the file is there whole or not at all.
absl::Status write_file(const std::string& file, const std::string& text, mode_t mode) {
  const std::string beside = file + ".new";
  unlink(beside.c_str());
  const int fd = open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) return file_error("write", beside, errno);
  absl::Status status = write_and_sync(fd, beside, text);
  close(fd);
  if (status.ok() && rename(beside.c_str(), file.c_str()) != 0) {
    status = file_error("write", file, errno);
  }
  if (!status.ok()) unlink(beside.c_str());
  return status;
}

// -- Certificates --------------------------------------------------------------------------------

absl::Status crypto_error(const char* what) {
  return absl::InternalError(fmt::format("cannot {}: {}", what, take_openssl_error()));
}

bool add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  if (extension == nullptr) return false;
  const bool added = X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return added;
}

bool set_random_serial(X509* certificate) {
  std::array<uint8_t, 16> random;
  if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1) return false;
  random[0] = (random[0] & 0x3f) | 0x40;  // positive, and always at full length
  BIGNUM* number = BN_bin2bn(random.data(), static_cast<int>(random.size()), nullptr);
  const bool set = number != nullptr &&
                   BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nullptr;
  BN_free(number);
  return set;
}

bool set_name(X509* certificate, const char* common_name) {
  return X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(common_name), -1, -1,
                                    0) == 1;
}

// A certificate for `key` with everything but issuer, extensions and signature.
X509Ptr blank_certificate(EVP_PKEY* key, const char* common_name, int days) {
  X509Ptr made(X509_new());
  const bool ok = made && X509_set_version(made.get(), X509_VERSION_3) == 1 &&
                  set_random_serial(made.get()) && set_name(made.get(), common_name) &&
                  X509_gmtime_adj(X509_getm_notBefore(made.get()), -backdated_days * day_s) &&
                  X509_gmtime_adj(X509_getm_notAfter(made.get()), days * day_s) &&
                  X509_set_pubkey(made.get(), key) == 1;
  return ok ? std::move(made) : nullptr;
}

X509Ptr make_ca(EVP_PKEY* key) {
  X509Ptr made = blank_certificate(key, "Tocsin private CA", ca_days);
  if (!made) return nullptr;
  X509* ca = made.get();
  const bool ok = X509_set_issuer_name(ca, X509_get_subject_name(ca)) == 1 &&
                  add_extension(ca, ca, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
                  add_extension(ca, ca, NID_key_usage, "critical,keyCertSign") &&
                  add_extension(ca, ca, NID_subject_key_identifier, "hash") &&
                  X509_sign(ca, key, EVP_sha256()) != 0;
  return ok ? std::move(made) : nullptr;
}

X509Ptr make_server(EVP_PKEY* key, X509* ca, EVP_PKEY* ca_key, const std::string& alt_names) {
  X509Ptr made = blank_certificate(key, "Tocsin server", server_days);
  if (!made) return nullptr;
  X509* server = made.get();
  const bool ok = X509_set_issuer_name(server, X509_get_subject_name(ca)) == 1 &&
                  add_extension(server, ca, NID_basic_constraints, "critical,CA:FALSE") &&
                  add_extension(server, ca, NID_key_usage, "critical,digitalSignature") &&
                  add_extension(server, ca, NID_ext_key_usage, "serverAuth") &&
                  add_extension(server, ca, NID_subject_key_identifier, "hash") &&
                  add_extension(server, ca, NID_authority_key_identifier, "keyid") &&
                  add_extension(server, ca, NID_subject_alt_name, alt_names) &&
                  X509_sign(server, ca_key, EVP_sha256()) != 0;
  return ok ? std::move(made) : nullptr;
}

bool is_ip(const std::string& name) {
  std::array<uint8_t, sizeof(in6_addr)> address;
  return inet_pton(AF_INET, name.c_str(), address.data()) == 1 ||
         inet_pton(AF_INET6, name.c_str(), address.data()) == 1;
}

// Letters, digits, '.', '-' and '*': anything else would mean something to OpenSSL's parser.
bool is_dns_name(const std::string& name) {
  if (name.empty() || name.size() > 253) return false;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && !(c >= '0' && c <= '9') && c != '.' && c != '-' && c != '*') return false;
  }
  return true;
}

absl::StatusOr<std::string> alt_names_of(const std::vector<std::string>& extra_names) {
  std::string text = "DNS:localhost,IP:127.0.0.1,IP:::1";
  for (const std::string& name : extra_names) {
    if (is_ip(name)) {
      text += ",IP:" + name;
    } else if (is_dns_name(name)) {
      text += ",DNS:" + name;
    } else {
      return absl::InvalidArgumentError(
          fmt::format("'{}' is neither a host name nor an IP address", name));
    }
  }
  return text;
}

template <typename Write>
std::string pem_of(Write write) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (!bio || write(bio.get()) != 1) return {};
  char* data = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<size_t>(length));
}

std::string pem_of_certificate(X509* certificate) {
  return pem_of([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}

std::string pem_of_key(EVP_PKEY* key) {
  return pem_of([&](BIO* bio) {
    return PEM_write_bio_PKCS8PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
}

absl::StatusOr<DevCertificates> make_certificates(const std::vector<std::string>& extra_names) {
  absl::StatusOr<std::string> alt_names = alt_names_of(extra_names);
  if (!alt_names.ok()) return alt_names.status();
  const PkeyPtr ca_key(EVP_EC_gen("P-256"));
  const PkeyPtr server_key(EVP_EC_gen("P-256"));
  if (!ca_key || !server_key) return crypto_error("make a P-256 key");
  const X509Ptr ca = make_ca(ca_key.get());
  if (!ca) return crypto_error("make a CA certificate");
  const X509Ptr server = make_server(server_key.get(), ca.get(), ca_key.get(), *alt_names);
  if (!server) return crypto_error("make a server certificate");
  DevCertificates made;
  made.made = true;
  made.ca_pem = pem_of_certificate(ca.get());
  made.identity.certificate_chain_pem = pem_of_certificate(server.get());
  made.identity.private_key_pem = pem_of_key(server_key.get());
  if (made.ca_pem.empty() || made.identity.certificate_chain_pem.empty() ||
      made.identity.private_key_pem.empty()) {
    return crypto_error("write a certificate as PEM");
  }
  return made;
}

// -- The folder ----------------------------------------------------------------------------------

struct Paths {
  explicit Paths(const std::string& folder)
      : ca(folder + "/ca.pem"), server(folder + "/server.pem"), key(folder + "/server.key") {}
  std::string ca;
  std::string server;
  std::string key;
};

absl::StatusOr<DevCertificates> make_files(const std::string& folder, const Paths& paths,
                                           const std::vector<std::string>& extra_names) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return file_error("make the folder", folder, error.value());
  absl::StatusOr<DevCertificates> made = make_certificates(extra_names);
  if (!made.ok()) return made.status();
  absl::Status status = write_file(paths.key, made->identity.private_key_pem, private_mode);
  if (status.ok()) {
    status = write_file(paths.server, made->identity.certificate_chain_pem, public_mode);
  }
  if (status.ok()) status = write_file(paths.ca, made->ca_pem, public_mode);
  if (!status.ok()) return status;
  made->ca_file = paths.ca;
  return made;
}

}  // namespace

absl::StatusOr<DevCertificates> load_or_make_dev_certificates(
    const std::string& folder, const std::vector<std::string>& extra_names) {
  const Paths paths(folder);
  std::string present;
  std::string missing;
  for (const std::string* file : {&paths.ca, &paths.server, &paths.key}) {
    std::error_code ignored;
    std::string& list = fs::exists(*file, ignored) ? present : missing;
    list += (list.empty() ? "" : ", ") + *file;
  }
  if (present.empty()) return make_files(folder, paths, extra_names);
  if (!missing.empty()) {
    return absl::FailedPreconditionError(
        fmt::format("found {} but not {}: put the missing file there, or remove the others to have "
                    "all made anew",
                    present, missing));
  }
  absl::StatusOr<TlsIdentity> identity = load_identity(paths.server, paths.key);
  if (!identity.ok()) return identity.status();
  absl::StatusOr<std::string> ca_pem = read_file(paths.ca);
  if (!ca_pem.ok()) return ca_pem.status();
  return DevCertificates{*std::move(identity), *std::move(ca_pem), paths.ca, false};
}

absl::StatusOr<TlsIdentity> load_identity(const std::string& certificate_file,
                                          const std::string& key_file) {
  absl::StatusOr<std::string> certificate = read_file(certificate_file);
  if (!certificate.ok()) return certificate.status();
  absl::StatusOr<std::string> key = read_file(key_file);
  if (!key.ok()) return key.status();
  TlsIdentity identity{*std::move(certificate), *std::move(key)};
  const absl::StatusOr<TlsContext> usable = TlsContext::server(identity);
  if (!usable.ok()) {
    return absl::InvalidArgumentError(fmt::format("{} with {}: {}", certificate_file, key_file,
                                                  std::string(usable.status().message())));
  }
  return identity;
}

}  // namespace tocsin::runtime
