#include "runtime/http/http_url.h"

#include <gtest/gtest.h>

namespace tocsin::runtime {
namespace {

TEST(HttpUrl, IsTakenApart) {
  const auto url = parse_http_url("https://example.org/hooks/a?b=c");
  ASSERT_TRUE(url);
  EXPECT_TRUE(url->tls);
  EXPECT_EQ(url->host, "example.org");
  EXPECT_EQ(url->port, "443");
  EXPECT_EQ(url->target, "/hooks/a?b=c");
  EXPECT_EQ(url->authority(), "example.org");
}

TEST(HttpUrl, PortsAddressesAndBareQueries) {
  const auto v6 = parse_http_url("http://[::1]:8080?x");
  ASSERT_TRUE(v6);
  EXPECT_FALSE(v6->tls);
  EXPECT_EQ(v6->host, "::1");
  EXPECT_EQ(v6->port, "8080");
  EXPECT_EQ(v6->target, "/?x");
  EXPECT_EQ(v6->authority(), "[::1]:8080");
  EXPECT_EQ(parse_http_url("http://127.0.0.1")->target, "/");
  EXPECT_EQ(parse_http_url("http://127.0.0.1:80")->authority(), "127.0.0.1");
}

TEST(HttpUrl, WhatIsNoneIsRefused) {
  for (const char* text :
       {"", "example.org", "ftp://example.org/", "https://", "https:///x", "https://a b/",
        "https://user@example.org/", "https://user:pw@example.org/", "https://example.org/#top",
        "https://example.org:0/", "https://example.org:65536/", "https://example.org:x/",
        "https://example.org:/", "https://[::1/", "https://[127.0.0.1]/", "https://[::1]x/",
        "https://example.org/\r\nX: y", "https://ex\xc3\xa4mple.org/", "https://a:1:2/"}) {
    EXPECT_FALSE(parse_http_url(text)) << text;
  }
}

TEST(HttpUrl, KnowsThisMachine) {
  for (const char* host : {"localhost", "127.0.0.1", "127.9.9.9", "::1"}) {
    EXPECT_TRUE(is_loopback_host(host)) << host;
  }
  for (const char* host : {"example.org", "10.0.0.1", "localhost.example.org", "::2", ""}) {
    EXPECT_FALSE(is_loopback_host(host)) << host;
  }
}

}  // namespace
}  // namespace tocsin::runtime
