# No password gets into an image, even when it is built with all of them in the environment.
use strict;
use warnings;

use ComposeLab;
use Test::More;

my $lab = ComposeLab->new;
my %directory = (primary => 'primary', replica1 => 'replica-one', replica2 => 'replica-two');

$lab->ok_compose('build', 'build');
for my $node (@ComposeLab::nodes)
{
	my $image = "$lab->{project}-$node";
	for my $command ([ 'image', 'inspect', $image ], [ 'history', '--no-trunc', $image ])
	{
		my $output = $lab->docker(@$command);
		like($output, qr/init-/, "$node: @$command[0]");
		unlike($output, qr/secret|PASSWORD/i, '... has no password');
	}

	my $files = $lab->docker('run', '--rm', '--entrypoint', 'sh', $image, '-c',
		'cd /node && ls && stat -c "%U %a %n" * && cat *');
	my $script = $node eq 'primary' ? 'init-primary.sh' : 'init-replica.sh';
	like($files, qr/\A$script\npg_hba.conf\npostgresql.conf\n/, "$node: has these files, no others");
	like($files, qr/^postgres 7\d\d \Q$script\E$/m, '... that postgres can run');
	my (undef, $said) = $lab->run('docker', 'run', '--rm', $image);
	like($said, qr/NODE_NAME: is not set/, '... and by itself the image says what it needs');
}

# Every byte of every layer and of what is told of them; the images differ in a few files.
my ($status, $found) = $lab->run('bash', '-c',
	"set -o pipefail; docker save $lab->{project}-primary | tar -xO | tee >(grep -c 'check-.*-secret' >&2) | wc -c");
is($status, 0, 'the image is saved');
like($found, qr/^0$/m, 'no layer has a password') or diag $found;
like($found, qr/^\d{8,}$/m, '... of all that were looked at');

done_testing();
