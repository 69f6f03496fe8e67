const policy = `
  default-src 'self';
  base-uri 'none';
`;

const securityHeaders = [
  { key: "Content-Security-Policy", value: policy.replace(/\s{2,}/g, " ").trim() },
  { key: "X-Content-Type-Options", value: "nosniff" },
  { key: "Permissions-Policy", value: "camera=()" },
];

export default {
  async headers() {
    return [{ source: "/(.*)", headers: securityHeaders }];
  },
};
