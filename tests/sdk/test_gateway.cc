#include "tests/sdk/test_gateway.h"

#include <algorithm>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/check.h"
#include "sdk_client/posix/socket_bio.h"

namespace tocsin::sdk {
namespace {

void add_extension(X509* certificate, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  TOCSIN_CHECK(extension != nullptr);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

// Made when the test starts, so that nothing in the tree can expire; its own authority.
X509* make_certificate(EVP_PKEY* key, const std::string& names) {
  X509* const certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 24 * 3600);
  X509_set_pubkey(certificate, key);
  // A name of its own, so that two of these can be told apart in one CA file.
  static int made = 0;
  const std::string common_name = "sdk test " + std::to_string(++made);
  X509_NAME* const name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                             0);
  X509_set_issuer_name(certificate, name);
  add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(certificate, NID_subject_alt_name, names);
  TOCSIN_CHECK(X509_sign(certificate, key, EVP_sha256()) > 0);
  return certificate;
}

std::string pem_of(X509* certificate) {
  BIO* const bio = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(bio, certificate);
  char* data = nullptr;
  const long bytes = BIO_get_mem_data(bio, &data);
  std::string pem(data, static_cast<size_t>(bytes));
  BIO_free(bio);
  return pem;
}

int choose_alpn(SSL*, const unsigned char** out, unsigned char* out_bytes, const unsigned char* in,
                unsigned in_bytes, void* wanted) {
  const auto& name = *static_cast<const std::string*>(wanted);
  std::string list(1, static_cast<char>(name.size()));
  list += name;
  unsigned char* chosen = nullptr;
  const int verdict =
      SSL_select_next_proto(&chosen, out_bytes, reinterpret_cast<const unsigned char*>(list.data()),
                            static_cast<unsigned>(list.size()), in, in_bytes);
  // The only name there is; `chosen` points into `list`, which ends here.
  *out = reinterpret_cast<const unsigned char*>(name.data());
  return verdict == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

bool wait_readable(int fd) {
  pollfd poll_fd{fd, POLLIN, 0};
  return poll(&poll_fd, 1, TestGateway::wait_ms_max) == 1;
}

}  // namespace

// -- Connection ----------------------------------------------------------------------------------

TestGateway::Connection::~Connection() {
  SSL_shutdown(ssl_);
  SSL_free(ssl_);
  ::close(fd_);
}

void TestGateway::Connection::cut() { shutdown(fd_, SHUT_RDWR); }

bool TestGateway::Connection::read_more() {
  if (SSL_pending(ssl_) == 0 && !wait_readable(fd_)) return false;
  uint8_t bytes[4096];
  const int got = SSL_read(ssl_, bytes, sizeof bytes);
  if (got <= 0) return false;
  append(unread_, ByteView(bytes, static_cast<size_t>(got)));
  return true;
}

std::optional<TestGateway::Connection::Frame> TestGateway::Connection::read() {
  while (!preface_read_) {
    if (unread_.size() < wire::preface.size()) {
      if (!read_more()) return std::nullopt;
      continue;
    }
    EXPECT_TRUE(std::equal(wire::preface.begin(), wire::preface.end(), unread_.begin()));
    unread_.erase(unread_.begin(), unread_.begin() + wire::preface.size());
    preface_read_ = true;
  }
  while (true) {
    wire::FrameView view;
    size_t used = 0;
    const wire::Code code = wire::read_frame(unread_, limits::device_frame_bytes_max, view, used);
    if (code == wire::Code::ok) {
      Frame frame{view.type, Bytes(view.body.begin(), view.body.end())};
      unread_.erase(unread_.begin(), unread_.begin() + static_cast<ptrdiff_t>(used));
      return frame;
    }
    if (code != wire::Code::incomplete || !read_more()) return std::nullopt;
  }
}

Bytes TestGateway::Connection::expect(wire::FrameType type) {
  auto frame = read();
  if (!frame.has_value()) {
    ADD_FAILURE() << "the device sent nothing";
    return {};
  }
  EXPECT_EQ(frame->type, type);
  return std::move(frame->body);
}

void TestGateway::Connection::send(ByteView bytes) {
  SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()));
}

wire::Exporter TestGateway::Connection::exporter() const {
  wire::Exporter exporter{};
  SSL_export_keying_material(ssl_, exporter.data(), exporter.size(), wire::exporter_label,
                             sizeof wire::exporter_label - 1, nullptr, 0, 0);
  return exporter;
}

// -- Gateway -------------------------------------------------------------------------------------

TestGateway::TestGateway(const Options& options) : options_(options) {
  EVP_PKEY* const key = EVP_EC_gen("P-256");
  X509* const certificate = make_certificate(key, options_.names);
  ca_pem_ = pem_of(certificate);
  bio_method_.reset(sdk_client::new_socket_bio_method(), BIO_meth_free);
  context_ = SSL_CTX_new(TLS_server_method());
  SSL_CTX_set_min_proto_version(context_, TLS1_3_VERSION);
  TOCSIN_CHECK(SSL_CTX_use_certificate(context_, certificate) == 1);
  TOCSIN_CHECK(SSL_CTX_use_PrivateKey(context_, key) == 1);
  SSL_CTX_set_alpn_select_cb(context_, choose_alpn, &options_.alpn);
  X509_free(certificate);
  EVP_PKEY_free(key);

  listen_fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  TOCSIN_CHECK(bind(listen_fd_, reinterpret_cast<sockaddr*>(&address), size) == 0);
  TOCSIN_CHECK(listen(listen_fd_, 8) == 0);
  TOCSIN_CHECK(getsockname(listen_fd_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  port_ = ntohs(address.sin_port);
}

TestGateway::~TestGateway() {
  ::close(listen_fd_);
  SSL_CTX_free(context_);
}

std::unique_ptr<TestGateway::Connection> TestGateway::accept() {
  if (!wait_readable(listen_fd_)) return nullptr;
  const int fd = ::accept4(listen_fd_, nullptr, nullptr, SOCK_CLOEXEC);
  const timeval bound{wait_ms_max / 1000, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof bound);
  SSL* const ssl = SSL_new(context_);
  BIO* const bio = sdk_client::new_socket_bio(bio_method_.get(), fd);
  SSL_set_bio(ssl, bio, bio);
  auto connection = std::make_unique<Connection>(ssl, fd, bio_method_);
  return SSL_accept(ssl) == 1 ? std::move(connection) : nullptr;
}

wire::Secret TestGateway::master() {
  wire::Secret master{};
  master.fill(0x4d);
  return master;
}

std::unique_ptr<TestGateway::Connection> TestGateway::accept_live() {
  auto connection = accept();
  if (connection == nullptr) return nullptr;
  auto first = connection->read();
  if (first.has_value() && first->type == wire::FrameType::reg) {
    wire::Register request;
    EXPECT_EQ(wire::decode(first->body, request), wire::Code::ok);
    const DeviceId device = wire::derive_device_id(master(), request.install_nonce);
    const wire::Secret secret = wire::derive_device_secret(master(), device, 1);
    connection->say(wire::Registered{app, device, secret, 1});
    first = connection->read();
  }
  if (!first.has_value()) return nullptr;
  wire::Hello hello;
  EXPECT_EQ(wire::decode(first->body, hello), wire::Code::ok);
  const wire::Secret secret = wire::derive_device_secret(master(), hello.device, hello.key_epoch);
  const wire::HelloMac mac =
      wire::hello_mac(secret, connection->exporter(), hello.app, hello.key_epoch, hello.device);
  EXPECT_TRUE(equal_constant_time(mac, hello.mac)) << "the exporters of both ends must agree";
  connection->say(wire::Welcome{1'790'000'000'000, 300, {}});
  return connection;
}

}  // namespace tocsin::sdk
