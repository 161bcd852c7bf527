#include "runtime/tls/dev_certificates.h"

#include <fstream>
#include <sys/stat.h>

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "runtime/tls/openssl_ptr.h"
#include "runtime/tls/tls_context.h"

#include "tests/unit/runtime/tls_test_peer.h"

namespace tocsin::runtime {
namespace {

X509Ptr certificate_of(const std::string& pem) {
  return X509Ptr(PEM_read_bio_X509(bio_of(pem).get(), nullptr, nullptr, nullptr));
}

std::string message_of(const absl::Status& status) { return std::string(status.message()); }

void write_text(const std::string& file, const std::string& text) { std::ofstream(file) << text; }

TEST(DevCertificates, AreMadeOnceAndThenLoaded) {
  const TemporaryFolder folder;
  const std::string deeper = folder.path() + "/not/yet/there";
  const auto made = load_or_make_dev_certificates(deeper);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_TRUE(made->made);
  EXPECT_EQ(made->ca_file, deeper + "/ca.pem");
  const auto loaded = load_or_make_dev_certificates(deeper);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_FALSE(loaded->made);
  EXPECT_EQ(loaded->ca_pem, made->ca_pem);
  EXPECT_EQ(loaded->identity.certificate_chain_pem, made->identity.certificate_chain_pem);
  EXPECT_EQ(loaded->identity.private_key_pem, made->identity.private_key_pem);
}

TEST(DevCertificates, OnlyTheOwnerMayReadTheKey) {
  const TemporaryFolder folder;
  ASSERT_TRUE(load_or_make_dev_certificates(folder.path()).ok());
  struct stat info {};
  ASSERT_EQ(stat((folder.path() + "/server.key").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    ++files;
  }
  EXPECT_EQ(files, 3u);
}

TEST(DevCertificates, HoldForLocalhostAndExtraNamesAndNothingElse) {
  const TemporaryFolder folder;
  const auto made =
      load_or_make_dev_certificates(folder.path(), {"push.example.org", "10.1.2.3", "fd00::7"});
  ASSERT_TRUE(made.ok()) << made.status();
  const X509Ptr server = certificate_of(made->identity.certificate_chain_pem);
  ASSERT_TRUE(server);
  for (const char* name : {"localhost", "push.example.org"}) {
    EXPECT_EQ(X509_check_host(server.get(), name, 0, 0, nullptr), 1) << name;
  }
  for (const char* address : {"127.0.0.1", "::1", "10.1.2.3", "fd00::7"}) {
    EXPECT_EQ(X509_check_ip_asc(server.get(), address, 0), 1) << address;
  }
  EXPECT_EQ(X509_check_host(server.get(), "example.org", 0, 0, nullptr), 0);
  EXPECT_EQ(X509_check_ip_asc(server.get(), "10.1.2.4", 0), 0);
}

TEST(DevCertificates, TheServersIsSignedByTheCaAndLastsTwoYears) {
  const TemporaryFolder folder;
  const auto made = load_or_make_dev_certificates(folder.path());
  ASSERT_TRUE(made.ok()) << made.status();
  const X509Ptr ca = certificate_of(made->ca_pem);
  const X509Ptr server = certificate_of(made->identity.certificate_chain_pem);
  ASSERT_TRUE(ca && server);
  EXPECT_EQ(X509_verify(server.get(), X509_get0_pubkey(ca.get())), 1);
  EXPECT_EQ(X509_check_ca(ca.get()), 1);
  EXPECT_EQ(X509_check_ca(server.get()), 0);
  int days = 0;
  int seconds = 0;
  ASSERT_EQ(ASN1_TIME_diff(&days, &seconds, nullptr, X509_get0_notAfter(server.get())), 1);
  EXPECT_NEAR(days, 730, 1);
  ASSERT_EQ(ASN1_TIME_diff(&days, &seconds, nullptr, X509_get0_notAfter(ca.get())), 1);
  EXPECT_NEAR(days, 3650, 1);
}

TEST(DevCertificates, ExtraNamesCannotSmuggleExtensions) {
  const TemporaryFolder folder;
  for (const char* name : {"a,IP:1.2.3.4", "a b", "", "email:x@y"}) {
    const auto made = load_or_make_dev_certificates(folder.path(), {name});
    EXPECT_EQ(made.status().code(), absl::StatusCode::kInvalidArgument) << name;
  }
}

TEST(DevCertificates, SomebodysFilesAreNeverOverwritten) {
  const TemporaryFolder folder;
  ASSERT_TRUE(load_or_make_dev_certificates(folder.path()).ok());
  std::filesystem::remove(folder.path() + "/server.key");
  const auto again = load_or_make_dev_certificates(folder.path());
  EXPECT_EQ(again.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(message_of(again.status()).find("server.key"), std::string::npos) << again.status();
  EXPECT_FALSE(std::filesystem::exists(folder.path() + "/server.key"));
}

TEST(DevCertificates, AFolderThatCannotBeMadeIsNamed) {
  const TemporaryFolder folder;
  write_text(folder.path() + "/file", "in the way");
  const auto made = load_or_make_dev_certificates(folder.path() + "/file/deeper");
  EXPECT_FALSE(made.ok());
  EXPECT_NE(message_of(made.status()).find("/file/deeper"), std::string::npos) << made.status();
}

TEST(LoadIdentity, NamesTheFileThatIsMissing) {
  const auto loaded = load_identity("/nonexistent/server.pem", "/nonexistent/server.key");
  EXPECT_EQ(loaded.status().code(), absl::StatusCode::kNotFound);
  EXPECT_NE(message_of(loaded.status()).find("/nonexistent/server.pem"), std::string::npos);
}

TEST(LoadIdentity, RefusesAKeyOfAnotherCertificate) {
  const TemporaryFolder one;
  const TemporaryFolder other;
  ASSERT_TRUE(load_or_make_dev_certificates(one.path()).ok());
  ASSERT_TRUE(load_or_make_dev_certificates(other.path()).ok());
  const auto loaded = load_identity(one.path() + "/server.pem", other.path() + "/server.key");
  EXPECT_EQ(loaded.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(message_of(loaded.status()).find(other.path()), std::string::npos) << loaded.status();
}

TEST(LoadIdentity, RefusesWhatIsNotPem) {
  const TemporaryFolder folder;
  const std::string certificate = folder.path() + "/server.pem";
  const std::string key = folder.path() + "/server.key";
  write_text(certificate, "no certificate");
  write_text(key, "no key");
  EXPECT_EQ(load_identity(certificate, key).status().code(), absl::StatusCode::kInvalidArgument);
  write_text(certificate, test_certificates().identity.certificate_chain_pem);
  EXPECT_EQ(load_identity(certificate, key).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace tocsin::runtime
